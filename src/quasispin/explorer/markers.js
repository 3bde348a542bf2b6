// Lines through the pictures at the present temperature and field. They lie above the plots, so that moving
// them draws nothing anew: a drag moves two lines in each picture instead of plotting six pictures.
window.quasispin = {
  at: {},
  mark(id, x, y) {
    this.at[id] = [x, y];
    const plot = document.querySelector(`#view-${id} .js-plotly-plot`);
    if (!plot || !plot.on) {
      setTimeout(() => this.mark(id, ...this.at[id]), 100); // not drawn yet
      return;
    }
    if (!plot.dataset.marked) {
      plot.dataset.marked = "yes";
      plot.on("plotly_afterplot", () => this.place(id, plot));
      if (id === "map") this.follow(plot);
    }
    this.place(id, plot);
  },
  // The hand on the map: its crosshair follows the pointer while it is down, and drives all pictures.
  follow(plot) {
    let last = 0;
    const tell = (event, isLast) => {
      const layout = plot._fullLayout;
      if (!layout?.xaxis || (!isLast && event.timeStamp - last < 50)) return;
      last = event.timeStamp;
      const box = plot.getBoundingClientRect();
      const clamp = (value, most) => Math.min(Math.max(value, 0), most);
      const x = clamp(event.clientX - box.left - layout._size.l, layout._size.w);
      const y = clamp(event.clientY - box.top - layout._size.t, layout._size.h);
      emitEvent("quasispin_point", [layout.xaxis.p2l(x), layout.yaxis.p2l(y)]);
    };
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.target.closest(".draglayer")) return;
      tell(event, true);
      const move = (next) => tell(next, false);
      addEventListener("pointermove", move);
      addEventListener("pointerup", (next) => {
        removeEventListener("pointermove", move);
        tell(next, true);
      }, { once: true });
    });
  },
  place(id, plot) {
    const layout = plot._fullLayout;
    if (!layout || !layout.xaxis || !this.at[id]) return;
    const size = layout._size;
    const [x, y] = this.at[id];
    const put = (name, value, axis, from, length) => {
      let line = plot.querySelector(`:scope > .${name}`);
      if (!line) {
        line = document.createElement("div");
        line.className = `qs-mark ${name}`;
        plot.appendChild(line);
      }
      const place = value === null || !axis ? -1 : axis.l2p(value);
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
