// What the page does in the browser itself. Pictures come here past the elements of the page: of a frame only
// the plots that are new are drawn, all in one task. The lines at the present temperature and field lie above
// the plots, so that moving them draws nothing anew.
addEventListener("popstate", () => location.reload()); // the address holds all of the view before
addEventListener("keydown", (event) => { // the arrow keys of a menu, which Quasar leaves to the tab key
  const menu = document.querySelector(".q-menu[role=menu]");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  const items = [...menu.querySelectorAll("[role=menuitem]")], now = items.indexOf(document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now < 0 ? -1 : now - 1, Home: 0, End: -1 }[event.key];
  items.at(next % items.length)?.focus();
  event.preventDefault();
}, true);
window.quasispin = {
  marks: {},
  waiting: {},
  show({ figures, words, marks }) {
    document.querySelector(".qs-loading")?.remove();
    Object.assign(this.marks, marks);
    Object.assign(this.waiting, figures);
    for (const [id, text] of Object.entries(words)) this.plot(id)?.setAttribute("aria-label", text);
    this.draw();
    for (const id of Object.keys(marks)) this.mark(id);
  },
  plot: (id) => document.querySelector(`#view-${id} .qs-plot`),
  async draw() {
    this.plotly ??= (await import("nicegui-plotly")).Plotly;
    for (const [id, figure] of Object.entries(this.waiting)) {
      const plot = this.plot(id);
      if (!plot?.on || !plot.offsetWidth) continue; // not there yet
      delete this.waiting[id];
      if (!plot.dataset.ours) this.begin(id, plot);
      this.plotly.react(plot, figure.data, figure.layout, figure.config);
    }
    if (Object.keys(this.waiting).length) setTimeout(() => this.draw(), 50);
  },
  begin(id, plot) {
    plot.dataset.ours = "yes";
    plot.on("plotly_afterplot", () => this.mark(id));
    if (id !== "map") return;
    plot.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // or else plotly begins to drag
      plot.setPointerCapture(event.pointerId);
      this.point(plot, event);
    }, true);
    plot.addEventListener("pointermove", (event) => event.buttons & 1 && this.point(plot, event), true);
  },
  point(plot, event) {
    const { xaxis, yaxis, _size: size } = plot._fullLayout;
    if (!xaxis?.visible) return;
    const corner = plot.getBoundingClientRect();
    const x = event.clientX - corner.left - size.l, y = event.clientY - corner.top - size.t;
    if (x < 0 || y < 0 || x > size.w || y > size.h) return;
    emitEvent("quasispin-point", [xaxis.p2l(x), yaxis.p2l(y)]);
  },
  ranges(id) { // what the axes hold, a zoom included; that of C is the second one
    const layout = this.plot(id)?._fullLayout;
    if (!layout?.xaxis?.visible) return null;
    return [layout.xaxis, layout.yaxis, layout.yaxis2].map((axis) => (axis ? [...axis.range] : null));
  },
  photograph(id, format, filename, title) {
    const plot = this.plot(id), ground = getComputedStyle(document.body).backgroundColor;
    const { offsetWidth: width, offsetHeight: height } = plot;
    const [x, y] = this.marks[id] ?? [null, null], ink = { width: 1, dash: "dot", color: plot.layout.font.color };
    const shapes = [];
    if (x !== null) shapes.push({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: ink });
    if (y !== null) shapes.push({ type: "line", y0: y, y1: y, xref: "paper", x0: 0, x1: 1, line: ink });
    const words = { text: title, font: { size: 11 }, x: 0.02, xanchor: "left", y: 0.98, yanchor: "top" };
    const own = { title: words, shapes, paper_bgcolor: ground, plot_bgcolor: ground };
    own.margin = { ...plot.layout.margin, t: 40 };
    if (!plot.layout.showlegend && !["levels", "map"].includes(id)) { // whoever has not the page has not its panel
      own.showlegend = true;
      own.legend = { ...plot.layout.legend, orientation: "h", entrywidth: 130, x: 0, y: 1.02, xanchor: "left", yanchor: "bottom" };
      own.margin.t = 76;
    }
    const size = { width: Math.max(width, 520), height: height + own.margin.t, scale: 2 };
    this.plotly.downloadImage({ data: plot.data, layout: { ...plot.layout, ...own } }, { format, filename, ...size });
  },
  mark(id) {
    const plot = this.plot(id), layout = plot?._fullLayout;
    if (!layout?.xaxis || !this.marks[id]) return;
    const size = layout._size, [x, y] = this.marks[id];
    const put = (name, value, axis, from, length) => {
      let line = plot.querySelector(`:scope > .${name}`);
      if (!line) {
        line = document.createElement("div");
        line.className = `qs-mark ${name}`;
        plot.appendChild(line);
      }
      const place = value === null ? -1 : axis.l2p(value);
      const seen = place >= 0 && place <= length && axis.visible !== false;
      line.style.display = seen ? "block" : "none";
      return [line, from + place];
    };
    const [upright, left] = put("qs-mark-x", x, layout.xaxis, size.l, size.w);
    Object.assign(upright.style, { left: `${left}px`, top: `${size.t}px`, height: `${size.h}px` });
    const [level, top] = put("qs-mark-y", y, layout.yaxis, size.t, size.h);
    Object.assign(level.style, { top: `${top}px`, left: `${size.l}px`, width: `${size.w}px` });
  },
};
