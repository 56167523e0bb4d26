"use strict";
(function () {
  const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d"] };
  const LIGHT = { text: "#2b2f36", grid: "rgba(127,136,148,0.25)", blue: "#0072B2", fill: "rgba(0,114,178,", band: "rgba(0,114,178,0.22)", truth: "#D55E00" };
  // Okabe-Ito blue is too dark for a dark ground
  const DARK = { text: "#d5dae2", grid: "rgba(160,170,185,0.18)", blue: "#4FA8E0", fill: "rgba(79,168,224,", band: "rgba(79,168,224,0.28)", truth: "#FF9A5C" };
  const PRINT_WIDTH_PX = 680, MULTIPLES = 24, PPM = 1e6, MISSING = 65535;
  const root = document.documentElement, preference = window.matchMedia("(prefers-color-scheme: dark)");
  let printing = false;

  function byId(id) { return document.getElementById(id); }
  function readJson(id) { return JSON.parse(byId(id).textContent); }

  // Ground and colours
  function isDark() { return !printing && (root.style.colorScheme ? root.style.colorScheme === "dark" : preference.matches); }
  function palette() { return isDark() ? DARK : LIGHT; }
  function axes(layout) { return Object.keys(layout).filter(function (key) { return /^[xy]axis[0-9]*$/.test(key); }); }
  function recoloured(value) { return value === LIGHT.blue || value === DARK.blue ? palette().blue : value; }

  function dress(figure) {
    figure.layout.font = Object.assign({}, figure.layout.font, { color: palette().text });
    axes(figure.layout).forEach(function (key) { figure.layout[key].gridcolor = palette().grid; });
    figure.data.forEach(function (trace) {
      if (typeof trace.fillcolor === "string") { trace.fillcolor = trace.fillcolor.replace(LIGHT.fill, palette().fill).replace(DARK.fill, palette().fill); }
      ["line", "marker"].forEach(function (part) { if (trace[part]) { trace[part].color = recoloured(trace[part].color); } });
    });
    return figure;
  }

  function repaint() {
    document.querySelectorAll(".plot[data-drawn=yes]").forEach(function (div) {
      const figure = dress({ data: div.data, layout: div.layout });
      if (printing) { figure.layout.width = PRINT_WIDTH_PX; } else { delete figure.layout.width; figure.layout.autosize = true; }
      Plotly.react(div, figure.data, figure.layout, CONFIG);
    });
    drawMultiples();
  }

  byId("theme").addEventListener("click", function () { root.style.colorScheme = isDark() ? "light" : "dark"; repaint(); });
  preference.addEventListener("change", repaint);
  window.addEventListener("beforeprint", function () { printing = true; document.querySelectorAll(".plot").forEach(draw); repaint(); });
  window.addEventListener("afterprint", function () { printing = false; repaint(); });

  // Figures are drawn when they come near the screen
  function draw(div) {
    if (div.dataset.drawn) { return; }
    try {
      const figure = div.id === "gallery-figure" ? filled(chosen) : readJson(div.dataset.figure);
      dress(pointed(figure));
      Plotly.newPlot(div, figure.data, figure.layout, CONFIG);
      div.dataset.drawn = "yes";
      div.on("plotly_click", function (event) { open(idOf(event.points[0])); });
      div.on("plotly_hover", function (event) { const id = idOf(event.points[0]); div.title = id ? "Planet " + id + ": click to open its spectrum" : ""; });
      div.on("plotly_unhover", function () { div.title = ""; });
    } catch (error) {
      div.dataset.drawn = "failed";
      div.textContent = "This figure could not be drawn: " + error.message;
    }
  }

  const watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { if (entry.isIntersecting) { watcher.unobserve(entry.target); draw(entry.target); } });
  }, { rootMargin: "500px" });

  // Planets
  const planets = readJson("gallery-data"), template = readJson("gallery-template");
  const spectra = {};
  Object.keys(planets.spectra).forEach(function (name) { spectra[name] = unpacked(planets.spectra[name]); });
  const bins = planets.spectra.mu.columns;
  let order = [], chosen = 0, start = 0, pending = false;

  function bytes(text) { return Uint8Array.from(atob(text), function (character) { return character.charCodeAt(0); }).buffer; }
  function unpacked(packed) {
    const low = new Float64Array(bytes(packed.low)), step = new Float64Array(bytes(packed.step)), codes = new Uint16Array(bytes(packed.codes));
    return function (row) {
      const own = codes.subarray(row * packed.columns, (row + 1) * packed.columns);
      return Array.from(own, function (code) { return code === MISSING ? NaN : low[row] + step[row] * code; });
    };
  }
  function words(value, digits) { return value === null ? "–" : value.toFixed(digits); }

  function filled(row) {
    const mu = spectra.mu(row), sigma = spectra.sigma(row), truth = spectra.truth ? spectra.truth(row) : null;
    const at = {
      mu: function (bin) { return PPM * mu[bin]; },
      truth: function (bin) { return PPM * truth[bin]; },
      z: function (bin) { return (mu[bin] - truth[bin]) / sigma[bin]; },
    };
    [1, 2].forEach(function (width) {
      at["upper" + width] = function (bin) { return PPM * (mu[bin] + width * sigma[bin]); };
      at["lower" + width] = function (bin) { return PPM * (mu[bin] - width * sigma[bin]); };
    });
    template.data.forEach(function (trace) {
      const place = trace.meta.split(" "), value = at[place[1]];
      if (place[0] === "airs") { trace.y = Array.from({ length: bins - 1 }, function (_, bin) { return value(bin + 1); }); }
      else { trace.y = new Array(/truth|z/.test(place[1]) ? 1 : 3).fill(value(0)); }
    });
    template.layout.uirevision = "gallery";
    ["yaxis", "yaxis2"].forEach(function (key) {
      if (template.layout[key]) { template.layout[key].uirevision = planets.ids[row]; delete template.layout[key].range; template.layout[key].autorange = true; }
    });
    return template;
  }

  // What the pointer reads in a map of residuals: such a map comes without numbers, as every spectrum is here already
  const rowOf = new Map(planets.ids.map(function (id, row) { return [id, row]; }));
  function pointed(figure) {
    figure.data.forEach(function (trace) {
      if (trace.meta !== "planet y" || !trace.hovertemplate.includes("customdata")) { return; }
      const panel = trace.xaxis === "x" ? [0, 1] : [1];
      trace.customdata = trace.y.map(function (id) {
        const row = rowOf.get(id), mu = spectra.mu(row), sigma = spectra.sigma(row), truth = spectra.truth && spectra.truth(row);
        return mu.map(function (depth, bin) {
          const residual = depth - (truth ? truth[bin] : planets.depth_ppm[row] / PPM);
          return [PPM * residual, PPM * sigma[bin], residual / sigma[bin]];
        }).slice(...panel);
      });
    });
    return figure;
  }

  // List
  const list = byId("planets"), search = byId("search"), sort = byId("sort"), chips = Array.from(document.querySelectorAll(".chip[data-status]"));
  const nodes = planets.ids.map(function (id, row) {
    const node = document.createElement("div"), value = document.createElement("span");
    node.className = "planet " + planets.status[row];
    node.id = "option-" + id;
    node.setAttribute("role", "option");
    node.append(id, value);
    node.addEventListener("click", function () { choose(row); });
    return node;
  });

  function later(first, second) { return first.length - second.length || (first < second ? -1 : first > second ? 1 : 0); }
  function compare(key) {
    if (key === "id") { return function (a, b) { return later(planets.ids[a], planets.ids[b]); }; }
    const values = planets[key], sign = key === "score" ? 1 : -1;
    return function (a, b) {
      if (values[a] === null || values[b] === null) { return (values[a] === null) - (values[b] === null); }
      return sign * (values[a] - values[b]) || a - b;
    };
  }

  function arrange() {
    const shown = new Set(chips.filter(function (chip) { return chip.getAttribute("aria-pressed") === "true"; }).map(function (chip) { return chip.dataset.status; }));
    const wanted = search.value.trim(), key = sort.value, digits = { badness: 2, depth_ppm: 0, sigma_ppm: 1, score: 3 };
    order = planets.ids.map(function (_, row) { return row; });
    order = order.filter(function (row) { return shown.has(planets.status[row]) && planets.ids[row].includes(wanted); }).sort(compare(key));
    nodes.forEach(function (node, row) { node.lastChild.textContent = words(planets[key === "id" ? "badness" : key][row], digits[key === "id" ? "badness" : key]); });
    list.replaceChildren.apply(list, order.map(function (row) { return nodes[row]; }));
    byId("count").textContent = order.length + " of " + planets.ids.length + " planets";
    turnTo(order.indexOf(chosen));
  }

  function choose(row, quietly) {
    nodes[chosen].removeAttribute("aria-selected");
    chosen = row;
    nodes[row].setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", nodes[row].id);
    if (nodes[row].parentNode) { list.scrollTop = nodes[row].offsetTop - list.offsetTop - list.clientHeight / 2; }
    if (!quietly) { history.replaceState(null, "", "#planet-" + planets.ids[row]); }
    describe(row);
    turnTo(order.indexOf(row));
    if (!pending) { pending = true; requestAnimationFrame(function () { pending = false; redraw(); }); }
  }

  function redraw() {
    const div = byId("gallery-figure");
    if (div.dataset.drawn === "yes") { const figure = dress(filled(chosen)); Plotly.react(div, figure.data, figure.layout, CONFIG); }
  }

  function describe(row) {
    const status = byId("planet-status"), reason = byId("planet-reason"), link = byId("planet-page"), id = planets.ids[row];
    byId("planet-name").textContent = "Planet " + id;
    status.className = "chip " + planets.status[row];
    status.textContent = planets.status[row];
    reason.textContent = planets.reason[row];
    reason.hidden = !planets.reason[row];
    link.hidden = !planets.pages[id];
    if (planets.pages[id]) { link.href = planets.pages[id]; }
    const parts = Object.keys(planets.parts).map(function (name) { return name + " " + words(planets.parts[name][row], 2); }).join(", ");
    const facts = [
      ["depth", words(planets.depth_ppm[row], 0) + " ppm"], ["median σ", words(planets.sigma_ppm[row], 1) + " ppm"],
      ["largest |z|", words(planets.largest_z[row], 1)],
      [planets.largest_z[row] === null ? "score expected" : "score of this planet", words(planets.score[row], 3)], ["quality", planets.quality[row]],
      ["badness", words(planets.badness[row], 2) + " (" + parts + ")"],
    ];
    byId("planet-numbers").replaceChildren.apply(byId("planet-numbers"), facts.map(function (fact) {
      const pair = document.createElement("div"), name = document.createElement("dt"), value = document.createElement("dd");
      name.textContent = fact[0];
      value.textContent = fact[1];
      pair.append(name, value);
      return pair;
    }));
    byId("gallery-figure").setAttribute("aria-label", "Depth spectrum of planet " + id + ", " + facts[0][1] + " deep, σ " + facts[1][1]);
  }

  function move(by) {
    const place = order.indexOf(chosen), next = place < 0 ? 0 : Math.min(Math.max(place + by, 0), order.length - 1);
    if (order.length) { choose(order[next]); }
  }

  search.addEventListener("input", arrange);
  sort.addEventListener("change", arrange);
  chips.forEach(function (chip) {
    chip.addEventListener("click", function () { chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true")); arrange(); });
  });
  search.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && order.length) { choose(order[0]); list.focus(); }
    if (event.key === "Escape") { search.value = ""; arrange(); list.focus(); event.preventDefault(); }
  });
  list.addEventListener("keydown", function (event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -order.length, End: order.length };
    if (event.key in steps) { event.preventDefault(); move(steps[event.key]); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { return; }
    if (event.key === "j" || event.key === "k") { move(event.key === "j" ? 1 : -1); }
    if (event.key === "/") { event.preventDefault(); search.focus(); }
  });

  // Small multiples: a page of the list, the chosen planet always among them
  function turnTo(place) {
    if (place >= 0) { start = Math.floor(place / MULTIPLES) * MULTIPLES; }
    if (start >= order.length) { start = 0; }
    drawMultiples();
  }

  function drawMultiples() {
    const rows = order.slice(start, start + MULTIPLES);
    byId("range").textContent = rows.length ? start + 1 + " to " + (start + rows.length) + " of " + order.length : "none";
    byId("earlier").disabled = start === 0;
    byId("later").disabled = start + MULTIPLES >= order.length;
    const buttons = rows.map(function (row) {
      const button = document.createElement("button"), canvas = document.createElement("canvas"), value = document.createElement("small");
      button.type = "button";
      button.className = "multiple";
      if (row === chosen) { button.setAttribute("aria-current", "true"); }
      value.textContent = planets.badness[row].toFixed(1);
      if (planets.badness[row] >= 1) { value.className = "bad"; }
      button.append(planets.ids[row], value, canvas);
      button.setAttribute("aria-label", "Planet " + planets.ids[row] + ", " + planets.status[row] + ", badness " + value.textContent);
      button.addEventListener("click", function () { choose(row); });
      return button;
    });
    byId("multiples").replaceChildren.apply(byId("multiples"), buttons);
    rows.forEach(function (row, place) { sparkline(buttons[place].lastChild, row); });
  }

  function sparkline(canvas, row) {
    const mu = spectra.mu(row).slice(1), sigma = spectra.sigma(row).slice(1), truth = spectra.truth ? spectra.truth(row).slice(1) : [];
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight, pen = canvas.getContext("2d");
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    pen.scale(ratio, ratio);
    const upper = mu.map(function (depth, bin) { return depth + sigma[bin]; }), lower = mu.map(function (depth, bin) { return depth - sigma[bin]; });
    const drawn = upper.concat(lower, truth.filter(Number.isFinite)), top = Math.max.apply(null, drawn), bottom = Math.min.apply(null, drawn);
    function x(bin) { return 2 + (width - 4) * bin / Math.max(mu.length - 1, 1); }
    function y(depth) { return 3 + (height - 6) * (1 - (depth - bottom) / (top - bottom || 1)); }
    function trace(values, backwards) {
      values.forEach(function (_, step) { const bin = backwards ? values.length - 1 - step : step; pen.lineTo(x(bin), y(values[bin])); });
    }
    pen.beginPath();
    trace(upper, false);
    trace(lower, true);
    pen.fillStyle = palette().band;
    pen.fill();
    pen.beginPath();
    trace(mu, false);
    pen.strokeStyle = palette().blue;
    pen.lineWidth = 1.2;
    pen.stroke();
    if (truth.every(Number.isFinite) && truth.length) {
      pen.beginPath();
      pen.setLineDash([2, 2]);
      trace(truth, false);
      pen.strokeStyle = palette().truth;
      pen.stroke();
    }
  }

  byId("earlier").addEventListener("click", function () { start = Math.max(start - MULTIPLES, 0); drawMultiples(); });
  byId("later").addEventListener("click", function () { start += MULTIPLES; drawMultiples(); });

  // Maps: a point carries the row of its planet in the submission, a heat map has planets along one axis
  function idOf(point) {
    const meta = point.data.meta;
    if (meta === "planet") { return planets.ids[point.customdata]; }
    return meta === "planet x" ? String(point.x) : meta === "planet y" ? String(point.y) : undefined;
  }
  function open(id) { if (planets.ids.includes(id)) { history.replaceState(null, "", "#planet-" + id); follow(); } }

  // Permalinks
  function follow() {
    const match = /^#planet-([0-9]{1,20})$/.exec(window.location.hash), row = match ? planets.ids.indexOf(match[1]) : -1;
    if (row < 0) { return; }
    if (!order.includes(row)) { search.value = ""; chips.forEach(function (chip) { chip.setAttribute("aria-pressed", "true"); }); arrange(); }
    choose(row, true);
    byId("gallery").scrollIntoView();
  }
  window.addEventListener("hashchange", follow);

  arrange();
  chosen = order[0];
  arrange();
  choose(chosen, true);
  follow();
  document.querySelectorAll(".plot").forEach(function (div) { watcher.observe(div); });
  root.dataset.ready = "yes";
})();
