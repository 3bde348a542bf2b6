"""How to cite."""

from __future__ import annotations

from importlib.metadata import version

PAPER = """@misc{kuzmenko2000stepwise,
  author = {Kuzmenko, N. K. and Mikhajlov, V. M. and Frauendorf, S.},
  title = {Step wise destruction of the pair correlations in micro clusters by a magnetic field},
  year = {2000},
  eprint = {cond-mat/0002030},
  archivePrefix = {arXiv},
  doi = {10.48550/arXiv.cond-mat/0002030}
}"""
PACKAGE = """@software{{quasispin,
  author = {{{{The quasispin developers}}}},
  title = {{quasispin: exact thermodynamics of pairing in finite Fermi systems, in a magnetic field}},
  version = {{{version}}}
}}"""


def fields() -> dict[str, str]:
    """The entries by name."""
    return {
        "package": f"The quasispin developers, quasispin {version('quasispin')}",
        "paper": "N. K. Kuzmenko, V. M. Mikhajlov, S. Frauendorf, arXiv:cond-mat/0002030",
        "package_bibtex": PACKAGE.format(version=version("quasispin")),
        "paper_bibtex": PAPER,
    }


def text() -> str:
    """Sentences and BibTeX."""
    entries = fields()
    return (
        f"Please cite the package\n\n    {entries['package']}\n\n"
        f"and the paper whose model it solves\n\n    {entries['paper']}\n\n"
        f"{entries['package_bibtex']}\n\n{entries['paper_bibtex']}"
    )
