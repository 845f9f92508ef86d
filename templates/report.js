"use strict";
// What the page does beyond being read. All of it is an addition: without scripts the text, tables and figures stand as they are.

const page = {
  json: (id) => JSON.parse(document.getElementById(id)?.textContent || "null"),
  make: (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  },
  deep: () => document.createElement("canvas").getContext("webgl") !== null,
  calm: matchMedia("(prefers-reduced-motion: reduce)").matches,
};
let genes = null; // the table of genes, unpacked at the start
const settings = page.json("settings");

async function unpacked(id) {
  const packed = document.getElementById(id).textContent;
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// Libraries are packed into the page and unpacked on first use.
const libraries = {};
function library(name) {
  libraries[name] ??= (async () => {
    document.head.append(page.make("script", {}, await unpacked(`library-${name}`)));
    return { plotly: window.Plotly, tables: window.tables?.default }[name];
  })();
  return libraries[name];
}

// Numbers as the report prints and sets them, which is as Python rounds: of two texts that are equally near, JavaScript takes the larger, Python the even one.

const LARGE = 1e9; // from here on a number is written with an exponent

// Whether a number lies in the very middle between two texts with so many decimals; fewer than 0 leave out tens and hundreds.
function halfway(value, decimals) {
  if (decimals >= 0) return Math.abs(value * 2 ** (decimals + 1)) % 2 === 1;
  const unit = 10n ** BigInt(-decimals);
  return Number.isInteger(value) && BigInt(Math.abs(value)) % unit === unit / 2n;
}

function fixedText(value, decimals) {
  if (!halfway(value, decimals)) return value.toFixed(decimals);
  const [whole, rest] = value.toFixed(decimals + 1).split(".");
  const lower = decimals ? `${whole}.${rest.slice(0, -1)}` : whole;
  return /[02468]$/.test(lower) ? lower : value.toFixed(decimals);
}

function exponentText(value, decimals) {
  const [digits, exponent] = value.toExponential(decimals + 1).split("e");
  const lower = digits.slice(0, -1);
  const even = halfway(value, decimals - Number(exponent)) && /[02468]$/.test(lower);
  const text = even ? `${lower}e${exponent}` : value.toExponential(decimals);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const LOWERED = Object.fromEntries(Object.entries(RAISED).map(([sign, raised]) => [raised, sign]));
const swapped = (text, signs) => [...text].map((sign) => signs[sign]).join("");

// "-1.2e-23" as digits times a power of ten.
function powered(text) {
  const [digits, exponent] = text.split("e");
  const power = `10${swapped(String(Number(exponent)), RAISED)}`;
  const sign = digits.startsWith("-") ? "−" : "";
  const size = digits.replace("-", "");
  return size === "1" ? sign + power : `${sign}${size}\u00a0×\u00a0${power}`;
}

// The other way round, for sorting and for spreadsheets.
function typed(text) {
  const power = (_, digits, raised) => `${digits ?? "1"}e${swapped(raised, LOWERED)}`;
  return text.replace(/(?:([\d.]+)\s×\s)?(?<![\d.])10(⁻?[⁰¹²³⁴-⁹]+)/g, power).replaceAll("−", "-").replaceAll("\u00a0", " ");
}

const format = {
  fixed: (value, digits) => {
    if (value === null) return "–";
    if (Math.abs(value) >= LARGE) return format.general(value);
    const text = fixedText(value, digits);
    return /^-0\.?0*$/.test(text) ? text.slice(1) : text.replace("-", "−");
  },
  two: (value) => format.fixed(value, 2),
  one: (value) => format.fixed(value, 1),
  general: (value) => {
    if (value === null) return "–";
    const [digits, exponent] = exponentText(value, 3).split("e");
    if (exponent >= -4 && exponent < 4) return Number(`${digits}e${exponent}`).toLocaleString("en", { maximumFractionDigits: 8 }).replace("-", "−");
    const size = Math.abs(value);
    const whole = size >= 1 && size < LARGE;
    return whole ? Number(fixedText(value, 0)).toLocaleString("en").replace("-", "−") : powered(`${Number(digits)}e${exponent}`);
  },
  p: (value) => {
    if (value === null) return "–";
    return settings.p_values === "AMA" ? format.ama(value) : format.r(value);
  },
  r: (value) => {
    if (value < 1e-300) return "<\u00a010⁻³⁰⁰";
    return value < 1e-4 ? powered(exponentText(value, 2)) : format.sided(value, 3, (digits) => String(Number(exponentText(value, digits - 1))));
  },
  ama: (value) => {
    if (value < 0.001) return "<.001";
    return value > 0.99 ? ">.99" : format.sided(value, value >= 0.01 ? 2 : 3, (digits) => fixedText(value, digits)).replace(/^0/, "");
  },
  // As many digits as keep it on its side of every limit.
  sided: (value, digits, print) => {
    const text = print(digits);
    const crosses = [0.05, 0.01, 0.001].some((limit) => Number(text) < limit !== value < limit);
    return crosses ? format.sided(value, digits + 1, print) : text;
  },
  stars: (value) => {
    const at = [0.001, 0.01, 0.05, 0.1].findIndex((limit) => value !== null && value < limit);
    return at < 0 ? "" : ["***", "**", "*", "."][at];
  },
  text: (value) => String(value),
};

// A number in a cell as it sorts: "−0.25", "5.88 × 10⁻⁸", "< 10⁻³⁰⁰", "7,129", "94.1 %", "0.916 to 1.000".
function sortable(text) {
  const number = /^[<>]?\s*-?[\d,]*\.?\d+(?:e[+-]?\d+)?/.exec(typed(text).trim());
  if (!number) return text.trim() === "–" || text.trim() === "" ? Infinity : text;
  const value = parseFloat(number[0].replace(/[<>\s,]/g, ""));
  return number[0].startsWith("<") ? value / 2 : value;
}

// Tables

const LONG = 12; // rows of a table that can be filtered
const LONGEST = 24; // letters of a name that a column has room for

async function startTables() {
  nameGenes();
  const DataTable = await library("tables");
  DataTable.ext.errMode = "throw";
  for (const table of document.querySelectorAll("figure.table table")) {
    const rows = table.tBodies[0].rows.length;
    const whole = genes !== null && table.dataset.whole !== undefined;
    if (rows > 1) (whole ? startWhole : startTable)(DataTable, table, rows);
  }
  document.body.dataset.tables = "ready";
}

// What a spreadsheet would run gets an apostrophe, as in the files of the data folder; a number gets the minus sign it can read.
function plain(text) {
  const cell = text.trim().replaceAll("\u00a0", " ");
  if (/^-?[\d,]*\.?\d+(?:e[+-]?\d+)?$/.test(typed(cell))) return typed(cell);
  return /^[=+\-@]/.test(cell) ? `'${cell}` : cell;
}

// Rows of the table of all genes that were never shown have no cells.
const copied = (whole) => ({
  orthogonal: "export",
  format: { header: (_, __, head) => plain(head.textContent), body: (data, _, __, cell) => plain(whole ? data : cell.textContent) },
});

function layout(name, search) {
  const shared = { title: null, footer: false, exportOptions: copied(search === "paged") };
  const buttons = [{ extend: "copyHtml5", text: "Copy", ...shared }, { extend: "csvHtml5", text: "CSV", filename: name, ...shared }];
  return {
    topStart: search ? { search: { placeholder: "filter rows", text: "_INPUT_" } } : null,
    topEnd: { buttons },
    bottomStart: search ? "info" : null,
    bottomEnd: search === "paged" ? "paging" : null,
  };
}

function startTable(DataTable, table, rows) {
  for (const row of table.tBodies[0].rows)
    for (const cell of row.cells) if (cell.classList.contains("numeric")) cell.dataset.order = sortable(cell.textContent);
  const long = rows > LONG && "open";
  const options = { paging: false, info: Boolean(long), layout: layout(table.closest("figure").id, long) };
  name(table, new DataTable(table, { ...options, ...common(table) }));
}

const common = (table) => ({ order: [], autoWidth: false, drawCallback: () => refresh(table) });

function refresh(table) {
  light(table);
  rove(table);
}

function name(table, made) {
  const label = table.closest(".scroll").getAttribute("aria-label");
  made.table().container().querySelector("input[type=search]")?.setAttribute("aria-label", `Filter the rows of ${label}`);
}

// The table of all genes: its first page is what stands without scripts.
function startWhole(DataTable, table, rows) {
  const heads = [...table.tHead.rows[0].cells];
  const columns = heads.map((head) => ({
    className: head.className,
    type: head.classList.contains("numeric") ? "num" : "string",
    data: null,
    render: (_, kind, row) => cellOf(head.dataset, row, kind),
  }));
  const figure = table.closest("figure");
  table.tBodies[0].replaceChildren();
  const made = new DataTable(table, {
    data: genes.columns.gene.map((_, row) => row), columns, pageLength: rows, layout: layout(figure.id, "paged"), lengthChange: false,
    ...common(table),
  });
  name(table, made);
  filterColumns(made, heads);
}

function cellOf({ source, form }, row, kind) {
  const columns = source.split(" ");
  const values = columns.map((column) => genes.columns[column][row]);
  if (kind === "sort" || kind === "type") return values[0] ?? Infinity;
  const texts = values[0] === null && form === "interval" ? ["not estimable"] : values.map(form === "interval" ? format.two : format[form]);
  if (kind !== "display") return kind === "filter" ? escaped(texts.join(" to ")) : texts.join(" to ");
  const long = texts[0].length > LONGEST ? { class: "long", title: texts[0] } : {};
  const node = page.make(source === "gene" ? "code" : "span", long);
  if (source === "gene" && hasCards()) {
    node.append(opener(row, texts[0]));
    return node;
  }
  texts.forEach((text, at) => {
    const untraced = form === "stars" || source === "gene";
    node.append(at ? " to " : "", untraced ? text : page.make("span", { "data-result": `differential.table[${row}].${columns[at]}` }, text));
  });
  return node;
}

// "< 0.05", ">= 2", "-1 .. 1" below the head of a column of numbers; any text below one of names.
function filterColumns(made, heads) {
  const fields = heads.map((head, column) => {
    if (head.dataset.form === "stars") return page.make("td");
    const numeric = head.classList.contains("numeric");
    const hint = head.dataset.form === "p" ? "< 0.05" : numeric ? "> 1" : "filter";
    const field = page.make("input", { type: "text", placeholder: hint, "aria-label": `Filter ${head.textContent}` });
    field.addEventListener("input", () => {
      const test = numeric ? condition(field.value) : (text) => String(text).toLowerCase().includes(field.value.trim().toLowerCase());
      field.setAttribute("aria-invalid", String(test === null));
      const of = (row) => genes.columns[head.dataset.source.split(" ")[0]][row];
      made.column(column).search.fixed("typed", field.value.trim() && test ? (_, __, row) => test(of(row)) : null).draw();
    });
    return page.make("td", {}, field);
  });
  made.table().header().append(page.make("tr", { class: "filters" }, ...fields));
}

function condition(text) {
  const typed = text.replace(/−/g, "-").trim();
  const range = /^(-?[\d.]+(?:e-?\d+)?)\s*\.\.\s*(-?[\d.]+(?:e-?\d+)?)$/i.exec(typed);
  if (range) return (value) => value !== null && value >= Number(range[1]) && value <= Number(range[2]);
  const one = /^(<=|>=|<|>|=)?\s*(-?[\d.]+(?:e-?\d+)?)$/i.exec(typed);
  if (!one || Number.isNaN(Number(one[2]))) return typed === "" ? () => true : null;
  const limit = Number(one[2]);
  const tests = { "<": (v) => v < limit, "<=": (v) => v <= limit, ">": (v) => v > limit, ">=": (v) => v >= limit, "=": (v) => v === limit };
  return (value) => value !== null && tests[one[1] || "="](value);
}

// Figures

const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const titled = (row) => escaped(genes.columns.symbol[row] || genes.columns.gene[row]);

function facts(row) {
  const { gene, symbol, logFC } = genes.columns;
  const lines = [symbol[row] ? `${symbol[row]} ${gene[row]}` : gene[row]];
  if (logFC) lines.push(`logFC ${format.two(logFC[row])}`);
  return [...lines, `P ${format.p(genes.columns["P.Value"][row])}, Bonferroni ${format.p(genes.columns["P.Bonferroni"][row])}`];
}

function about(row) {
  const [name, ...rest] = facts(row).map(escaped);
  return [`<b>${name}</b>`, ...rest].join("<br>");
}

// The first of these points whose names would not lie on one another.
function apart(rows, across, up) {
  const span = (values) => Math.max(...values.filter((value) => value !== null)) - Math.min(...values.filter((value) => value !== null)) || 1;
  const [width, height] = [span(across), span(up)];
  const near = (one, other) => Math.abs(across[one] - across[other]) < width / 8 && Math.abs(up[one] - up[other]) < height / 22;
  return rows.reduce((kept, row) => (kept.some((other) => near(row, other)) ? kept : [...kept, row]), []);
}

// The samples of all traces in others: a trace for each level of a covariate and set, or one with a scale of colours.
function recoloured(traces, { name, levels, of, values }) {
  const every = traces.flatMap(({ symbol, samples, points }) => samples.map((sample, place) => ({
    sample, hollow: symbol.endsWith("-open"), at: points.map((axis) => axis[place]),
  })));
  const trace = (rows, made) => ({ ...made, samples: rows.map(({ sample }) => sample), points: traces[0].points.map((_, axis) => rows.map(({ at }) => at[axis])) });
  const parts = (levels || [[name, null, "circle"], ["unknown", "#999", "x"]]).flatMap(([level, colour, symbol], place) => [false, true].map((hollow) => {
    const mine = (row) => (levels ? of[row] : Number(values[row] === null)) === place;
    const rows = every.flatMap((sample, row) => (mine(row) && sample.hollow === hollow ? [row] : []));
    const shown = { name: level + (hollow && name !== "set" ? ", independent" : ""), symbol: symbol + (hollow ? "-open" : ""), colour };
    if (colour !== null) return trace(rows.map((row) => every[row]), shown);
    const known = values.filter((value) => value !== null);
    const scale = { colorscale: "Cividis", cmin: Math.min(...known), cmax: Math.max(...known), color: rows.map((row) => values[row]) };
    return trace(rows.map((row) => every[row]), { ...shown, scale });
  }));
  const bar = { showscale: true, colorbar: { title: { text: escaped(name) }, thickness: 14 } };
  return parts.filter(({ samples }) => samples.length).map((part, place) => (part.scale && !place ? { ...part, bar } : part));
}

const draw = {
  genes: ({ x, y, labels, groups, alpha, line }) => {
    const evidence = (p) => (p === null ? null : -Math.log10(Math.max(p, Number.MIN_VALUE)));
    const side = (column) => genes.columns[column].map(column === "P.Value" ? evidence : (value) => value);
    const [across, up] = [side(x), side(y)];
    const effect = genes.columns.logFC;
    const groupOf = (row) => {
      const p = genes.columns["P.Bonferroni"][row];
      if (p === null || !(p < alpha)) return -1;
      return groups.length === 1 || effect[row] > 0 ? 0 : 1;
    };
    const rows = across.map((_, row) => row).filter((row) => across[row] !== null && up[row] !== null);
    const trace = (chosen, style) => ({
      type: "scatter", mode: "markers", x: chosen.map((row) => across[row]), y: chosen.map((row) => up[row]),
      text: chosen.map(about), customdata: chosen, hoverinfo: "text", ...style,
    });
    const rest = trace(rows.filter((row) => groupOf(row) < 0), { name: "other genes", marker: { size: 4, color: "#999", opacity: 0.55 } });
    const kept = groups.map(({ name, colour, symbol }, group) => {
      const chosen = rows.filter((row) => groupOf(row) === group);
      return trace(chosen, { name: `${escaped(name)} (${chosen.length.toLocaleString("en")})`, marker: { size: 7, color: colour, symbol } });
    });
    const named = apart(rows.slice(0, 14), across, up).map((row) => ({
      x: across[row], y: up[row], text: titled(row), showarrow: false, yshift: 10, font: { size: 11 },
    }));
    const limit = line && { type: "line", xref: "paper", x0: 0, x1: 1, y0: evidence(line), y1: evidence(line), line: { width: 1, dash: "dash" } };
    return { traces: [rest, ...kept], layout: { ...axes(labels), annotations: named, shapes: limit ? [limit] : [] } };
  },
  samples: ({ labels, traces, colourings }, way) => {
    const deep = labels.length === 3;
    const clouds = (way ? recoloured(traces, colourings[way - 1]) : traces).map(({ name, colour, symbol, samples, scale, bar, points: [x, y, z] }) => ({
      type: deep ? "scatter3d" : "scatter", mode: "markers", name: escaped(name), x, y, ...(deep && { z }),
      text: samples.map((sample) => `<b>${escaped(sample)}</b><br>${escaped(name)}`), hoverinfo: "text",
      marker: { color: colour, symbol, size: deep ? 5 : 9, line: { width: 1, color: colour, ...scale }, ...scale, ...bar },
    }));
    if (!deep) return { traces: clouds, layout: axes(labels) };
    const [x, y, z] = labels.map((label) => ({ title: { text: label }, backgroundcolor: "rgba(0,0,0,0)", ...inks() }));
    const scene = { xaxis: x, yaxis: y, zaxis: z, camera: { eye: { x: 1.5, y: -1.5, z: 0.7 } }, dragmode: "turntable" };
    return { traces: clouds, layout: { scene, margin: { l: 0, r: 0, t: 10, b: 0 } } };
  },
  curves: ({ labels, diagonal, traces }) => {
    const lines = traces.map(({ name, colour, dash, bold, shown, points: [x, y] }) => ({
      type: "scatter", mode: "lines", name: escaped(bold ? `${name}, named model` : name), x, y, visible: shown ? true : "legendonly",
      line: { color: colour, dash, width: bold ? 3.5 : 1.6 }, hovertemplate: `${labels[0]} %{x:.3f}<br>${labels[1]} %{y:.3f}`,
    }));
    const chance = { type: "line", x0: 0, y0: 0, x1: 1, y1: 1, line: { width: 1, dash: "dot" } };
    return { traces: lines, layout: { ...axes(labels), height: 640, hovermode: "closest", shapes: diagonal ? [chance] : [] } };
  },
};

const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const inks = () => ({ gridcolor: colours().line, zerolinecolor: colours().line, linecolor: colours().soft, color: colours().ink });

function colours() {
  const dark = document.documentElement.classList.contains("dark");
  return dark ? { ink: "#e6e6e6", soft: "#a8a8a8", line: "#3a3d42" } : { ink: "#1a1a1a", soft: "#555", line: "#e2e2e2" };
}

function axes([x, y]) {
  const axis = (label) => ({ title: { text: escaped(label) }, automargin: true, ...inks() });
  return { xaxis: axis(x), yaxis: axis(y), margin: { l: 60, r: 20, t: 20, b: 50 } };
}

function themed(given) {
  const { ink, soft } = colours();
  const shapes = (given.shapes || []).map((shape) => ({ ...shape, line: { ...shape.line, color: soft } }));
  return {
    height: 480, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, family: "system-ui, sans-serif", size: 12 },
    legend: { orientation: "h", y: -0.16, x: 0 }, hoverlabel: { align: "left" }, ...given, shapes,
  };
}

const live = new Map(); // figure → its plot

async function startFigure(figure) {
  const told = page.json(`live-${figure.id}`);
  if (told.data.labels.length === 3 && !page.deep()) { // the figure on paper stays
    figure.dataset.live = "failed";
    return;
  }
  const Plotly = await library("plotly");
  const picture = figure.querySelector(".drawn, img");
  const plot = page.make("div", { class: "live", tabindex: "0", role: "group", "aria-label": `${figure.dataset.label}, interactive: ${picture.alt ?? picture.getAttribute("aria-label")}` });
  picture.before(plot);
  const { traces, layout } = draw[told.way](told.data);
  const options = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"], toImageButtonOptions: { format: "svg", filename: figure.id } };
  try {
    await Plotly.newPlot(plot, traces, themed(layout), options);
  } catch (problem) { // the figure on paper stays
    plot.remove();
    figure.dataset.live = "failed";
    return;
  }
  live.set(figure, { plot, told });
  figure.dataset.live = "on";
  figure.append(switchOf(figure));
  if (told.data.colourings?.length) plot.before(colouringOf(figure));
  plot.addEventListener("keydown", (event) => byKey(event, figure));
  if (told.way === "genes" && hasCards()) plot.on("plotly_click", ({ points: [point] }) => showCard(point.customdata));
  if (asked.row !== null) mark(figure, asked.row);
}

// A choice of the covariate by which samples are coloured.
function colouringOf(figure) {
  const { plot, told } = live.get(figure);
  const choice = page.make("select");
  ["class", ...told.data.colourings.map(({ name }) => name)].forEach((name) => choice.append(page.make("option", {}, name)));
  choice.addEventListener("change", () => {
    live.get(figure).way = choice.selectedIndex;
    const { traces, layout } = draw[told.way](told.data, choice.selectedIndex);
    const { scene } = plot.layout;
    window.Plotly.react(plot, traces, themed(scene ? { ...layout, scene: { ...layout.scene, camera: scene.camera } } : layout));
  });
  const label = page.make("label", { class: "colouring" }, "Colour by ");
  label.append(choice);
  return label;
}

function switchOf(figure) {
  const button = page.make("button", { type: "button", class: "switch", "aria-pressed": "false" }, "Show as printed");
  button.addEventListener("click", () => {
    const printed = figure.dataset.live === "on";
    figure.dataset.live = printed ? "off" : "on";
    button.setAttribute("aria-pressed", String(printed));
    if (!printed) window.Plotly.Plots.resize(live.get(figure).plot);
  });
  return button;
}

// Arrows turn the samples in space, and step from gene to gene by p-value; Enter shows the card of the gene.
function byKey(event, figure) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  const { plot, told, row: at } = live.get(figure);
  if (event.key === "Enter" && at !== undefined && hasCards()) {
    event.preventDefault(); // of pressing the button that is focused by then
    showCard(at);
  }
  if (!step || told.way === "curves") return;
  event.preventDefault();
  if (told.way === "genes") stepTo(figure, Math.max(0, Math.min(genes.columns.gene.length - 1, (live.get(figure).row ?? -1) + step)));
  else if (told.data.labels.length === 3) turn(plot, event.key, step);
}

function turn(plot, key, step) {
  const { x, y, z } = plot.layout.scene.camera.eye;
  const angle = step * 0.15;
  const sideways = key === "ArrowLeft" || key === "ArrowRight";
  const eye = sideways ? { x: x * Math.cos(angle) - y * Math.sin(angle), y: x * Math.sin(angle) + y * Math.cos(angle), z } : { x, y, z: z - angle };
  window.Plotly.relayout(plot, { "scene.camera.eye": eye });
}

function stepTo(figure, row) {
  mark(figure, row);
  announce(facts(row).join(", "));
}

// Points at a gene in a figure of genes, or at none.
function mark(figure, row) {
  const state = live.get(figure);
  if (state.told.way !== "genes") return;
  state.row = row ?? undefined;
  const { plot } = state;
  const marks = plot.layout.annotations.filter((each) => each.name !== "found");
  for (const trace of row === null ? [] : plot.data) {
    const point = trace.customdata.indexOf(row);
    if (point >= 0)
      marks.push({
        name: "found", x: trace.x[point], y: trace.y[point], text: `<b>${titled(row)}</b>`, showarrow: true, arrowhead: 2,
        arrowcolor: colours().ink, bgcolor: ink("--paper"), bordercolor: colours().ink, ax: 30, ay: -36,
      });
  }
  window.Plotly.relayout(plot, { annotations: marks });
}

function startFigures() {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting) {
        seen.unobserve(target);
        startFigure(target);
      }
  }, { rootMargin: "300px" });
  for (const figure of document.querySelectorAll("figure[data-live]")) seen.observe(figure);
}

// Search: where a gene stands, in every table and figure.

function announce(text) {
  document.getElementById("found").textContent = text;
}

const asked = { row: null, names: new Set() };

// Colours the rows of the gene that is asked for; tables come and go with their pages, so each does it when it is drawn.
function light(table) {
  const hits = [...table.tBodies[0].rows].filter((row) => {
    const hit = [...row.cells].some((cell) => asked.names.has(cell.textContent.trim().toLowerCase()));
    row.classList.toggle("hit", hit);
    return hit;
  });
  return hits.length > 0;
}

const shows = (figure) => figure.dataset.genes === "*" || JSON.parse(figure.dataset.genes).some((name) => asked.names.has(name.toLowerCase()));

async function search(text) {
  const typed = text.trim().toLowerCase();
  const { gene, symbol, current = symbol } = genes.columns; // current: of genes that are called by a former symbol
  const rows = gene.map((_, row) => row).filter((row) => typed && [gene, symbol, current].some((names) => names[row].toLowerCase() === typed));
  asked.row = rows[0] ?? null;
  asked.names = new Set(rows.flatMap((row) => [gene[row].toLowerCase(), symbol[row].toLowerCase()]).filter(Boolean));
  const printed = (row) => [gene[row], symbol[row]].find((name) => name.toLowerCase() === typed) ?? (symbol[row] || gene[row]);
  await whole(rows.length ? printed(rows[0]) : "");
  const tables = [...document.querySelectorAll("figure.table")].filter((table) => light(table.querySelector("table")));
  const figures = [...document.querySelectorAll("figure[data-genes]")].filter((figure) => rows.length && shows(figure));
  for (const figure of live.keys()) mark(figure, asked.row);
  const places = [...tables, ...figures].map((place) => page.make("li", {}, page.make("a", { href: `#${place.id}` }, place.dataset.label)));
  if (rows.length && hasCards()) places.unshift(page.make("li", {}, opener(rows[0], "Gene card")));
  document.getElementById("places").replaceChildren(...places);
  announce(rows.length ? found(rows[0], tables, figures) : typed && near(typed));
}

function found(row, tables, figures) {
  const { gene, symbol } = genes.columns;
  const many = (number, one) => `${number} ${one}${number === 1 ? "" : "s"}`;
  const rank = `rank ${(row + 1).toLocaleString("en")} of ${genes.total.toLocaleString("en")} by p-value`;
  return `${symbol[row] || gene[row]}: ${rank}; in ${many(tables.length, "table")} and ${many(figures.length, "figure")}.`;
}

function near(typed) {
  const { gene, symbol } = genes.columns;
  const names = new Set(gene.concat(symbol).filter((name) => name.toLowerCase().startsWith(typed)));
  if (!names.size) return "No tested gene has this symbol or id.";
  return `${names.size} ${names.size === 1 ? "name begins" : "names begin"} with this: ${[...names].slice(0, 5).join(", ")}${names.size > 5 ? " …" : ""}`;
}

// The table of all genes shows the gene that is asked for, and all of them again once none is.
async function whole(typed) {
  for (const table of document.querySelectorAll("table[data-whole]"))
    if (libraries.tables) new ((await library("tables")).Api)(table).search(typed, false, false).draw();
}

function startSearch() {
  if (!genes) return;
  const form = document.getElementById("search");
  const field = form.elements.gene;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search(field.value);
  });
  field.addEventListener("input", () => field.value || search(""));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    field.value = "";
    search("");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      field.focus();
    }
  });
}

// The card of a gene: all that the report knows of it, on a click on its name or its point.

const hasCards = () => document.getElementById("cards") !== null;

let held = null;
const cards = () => (held ??= unpacked("cards").then(JSON.parse));

// A name that opens the card of a gene.
const opener = (row, text) => page.make("button", { type: "button", class: "gene", "data-row": row, "aria-haspopup": "dialog" }, text);

// Row of the gene with this id, or else the first with this symbol.
const rowOf = (() => {
  let rows = null;
  return (name) => {
    if (!rows) {
      rows = new Map();
      for (const column of [genes.columns.gene, genes.columns.symbol])
        column.forEach((text, row) => text && !rows.has(text) && rows.set(text, row));
    }
    return rows.get(name);
  };
})();

// The names of genes in the tables of the text become buttons, one in each row.
function nameGenes() {
  if (!genes || !hasCards()) return;
  for (const table of document.querySelectorAll("figure.table table:not([data-whole])")) {
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    const at = heads.includes("Gene") ? heads.indexOf("Gene") : heads.indexOf("Symbol");
    if (at < 0) continue;
    for (const { cells } of table.tBodies[0].rows) {
      const row = rowOf(cells[at].textContent.trim());
      const inner = cells[at].querySelector("code, .long") ?? cells[at];
      if (row !== undefined) inner.replaceChildren(opener(row, inner.textContent));
    }
    rove(table);
  }
}

// Tab leads to one name in each table; arrows lead to the others.
function rove(table) {
  const names = [...table.querySelectorAll(".gene")];
  const current = names.find((name) => name === document.activeElement) ?? names[0];
  for (const name of names) name.tabIndex = name === current ? 0 : -1;
}

function roveBy(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const table = event.target.closest("table");
  if (!step || !table) return;
  event.preventDefault();
  const names = [...table.querySelectorAll(".gene")];
  names[names.indexOf(event.target) + step]?.focus();
  rove(table);
}

async function showCard(row) {
  const content = cardOf(row, await cards());
  const card = document.getElementById("card") ?? document.body.appendChild(page.make("dialog", { id: "card", "aria-labelledby": "card-title" }));
  card.replaceChildren(...content);
  card.scrollTop = 0;
  if (!card.open) card.showModal();
}

function cardOf(row, told) {
  const { gene, symbol } = genes.columns;
  const title = page.make("h2", { id: "card-title" }, symbol[row] || gene[row]);
  const close = page.make("button", { type: "button", class: "close" }, "Close");
  close.addEventListener("click", () => document.getElementById("card").close());
  const rank = `${gene[row]}: rank ${(row + 1).toLocaleString("en")} of ${genes.total.toLocaleString("en")} by p-value`;
  const effects = [effectPart(row, told), pairsPart(row, told)];
  const parts = [valuesPart(row, told.values), ...effects, chosenPart(row, told), setsPart(row, told.sets), markersPart(row, told.markers)];
  return [page.make("header", {}, title, close), page.make("p", {}, rank), page.make("div", { class: "parts" }, ...parts.filter(Boolean))];
}

const part = (title, ...content) => page.make("section", {}, page.make("h3", {}, title), ...content);
const traced = (id, text) => page.make("span", { "data-result": id }, text);

// A table of labels and values; values are texts or nodes.
function pairsOf(rows) {
  const cells = (label, values) => [page.make("th", { scope: "row" }, label), page.make("td", {}, ...values)];
  return page.make("table", {}, page.make("tbody", {}, ...rows.map(([label, ...values]) => page.make("tr", {}, ...cells(label, values)))));
}

const level = (confidence) => `${format.general(100 * confidence)} % CI`;
const LIMITS = { logFC: ["CI.L", "CI.R"], g: ["g.L", "g.R"] };
const EFFECTS = { logFC: ["log fold change", "two"], g: ["Hedges’ g", "two"], AUC: ["AUC", "two"], AveExpr: ["average expression", "two"], t: ["t", "two"], F: ["F", "two"] };
const P_VALUES = {
  "P.Value": "p-value", "P.Bonferroni": "Bonferroni", "P.Holm": "Holm", "adj.P.Val": "Benjamini–Hochberg", "q.Value": "q-value (Storey)", "P.maxT": "maxT by permutation",
  "P.mod": "moderated p-value", "adj.P.mod": "moderated, Benjamini–Hochberg", "P.deseq2": "DESeq2", "adj.P.deseq2": "DESeq2, Benjamini–Hochberg",
};

function effectPart(row, { columns: more, confidence }) {
  const columns = { ...more, ...genes.columns };
  const shown = (name, form) => traced(`differential.table[${row}].${name}`, format[form](columns[name][row]));
  const has = (name) => columns[name] && columns[name][row] !== null;
  const limits = ([low, high]) => (has(low) ? [" (", shown(low, "two"), " to ", shown(high, "two"), ")"] : [" (interval not estimable)"]);
  const effects = Object.entries(EFFECTS).filter(([name]) => has(name));
  const lines = effects.map(([name, [label, form]]) => [LIMITS[name] ? `${label} (${level(confidence)})` : label, shown(name, form), ...(LIMITS[name] ? limits(LIMITS[name]) : [])]);
  const tests = Object.entries(P_VALUES).filter(([name]) => columns[name]).map(([name, label]) => [label, shown(name, "p")]);
  return part("Effect and p-values", pairsOf([...lines, ...tests]));
}

function pairsPart(row, { pairs, confidence }) {
  if (!pairs[row]) return null;
  const names = ["logFC", "CI.L", "CI.R", "P.Value", "P.Holm.pairs"];
  const lines = pairs[row].map(([at, name, ...numbers]) => {
    const [effect, low, high, p, holm] = numbers.map((number, place) => traced(`differential.contrasts[${at}].${names[place]}`, format[place < 3 ? "two" : "p"](number)));
    return [name, effect, " (", low, " to ", high, "), p ", p, ", Holm over the pairs ", holm];
  });
  return part(`Pairs of classes: log fold change (${level(confidence)})`, pairsOf(lines));
}

function chosenPart(row, { ranks, chosen }) {
  const names = ["rank_test", "rank_rfe", "rank_l1", "rank_forest"];
  const labels = ["p-value", "recursive elimination", "L1", "random forest"];
  const lines = [];
  if (ranks[row]) {
    const [first, ...others] = ranks[row];
    lines.push(["rank in the signature", traced(`biomarkers.signature[${first - 1}].rank`, first.toLocaleString("en"))]);
    others.forEach((rank, at) => lines.push([`rank by ${labels[at]}`, rank === null ? "–" : traced(`biomarkers.signature[${first - 1}].${names[at]}`, rank.toLocaleString("en"))]));
  }
  const [at, times] = chosen?.times[row] ?? [null, 0];
  const parts = chosen && traced("selection.folds", String(chosen.parts));
  if (chosen) lines.push(["selected in", at === null ? "0" : traced(`selection.stability[${at}].times`, String(times)), " of ", parts, " training parts"]);
  return lines.length ? part("Selection", pairsOf(lines)) : null;
}

const MOST_SETS = 12;

function setsPart(row, sets) {
  const found = sets.filter((set) => set.genes.includes(row));
  if (!found.length) return null;
  const items = found.slice(0, MOST_SETS).map((set) => page.make("li", {}, set.origin === "markers" ? `${set.name} (class of markers)` : set.name));
  const rest = found.length - items.length;
  return part("Gene sets", page.make("ul", {}, ...items, ...(rest > 0 ? [page.make("li", {}, `and ${rest} more`)] : [])));
}

function markersPart(row, markers) {
  if (!markers[row]) return null;
  const told = { yes: ", agrees in direction", no: ", opposite direction" };
  const items = markers[row].map(([direction, evidence, source, agrees, circular]) =>
    page.make("li", {}, `${evidence.replaceAll(";", ", ")}${direction && `; listed direction: ${direction}`}${told[agrees] ?? ""}${circular === "yes" ? "; from this very cohort" : ""}${source && ` (${source})`}`));
  return part("Known marker", page.make("ul", {}, ...items));
}

// Values of the samples by class, in the symbols of the other figures.

const SPREAD = [0, -0.195, 0.195, -0.065, 0.065, -0.26, 0.26, -0.13, 0.13];
const SHAPES = {
  circle: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  square: (r) => `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  diamond: (r) => `M0 ${-1.3 * r}L${1.3 * r} 0L0 ${1.3 * r}L${-1.3 * r} 0z`,
  cross: (r) => ["M", ...[[-1, -3], [1, -3], [1, -1], [3, -1], [3, 1], [1, 1], [1, 3], [-1, 3], [-1, 1], [-3, 1], [-3, -1], [-1, -1]].map(([x, y]) => `${(x * r) / 2.4} ${(y * r) / 2.4}`).join("L"), "z"].join(""),
  x: (r) => ["M", ...[[0, -1], [1, -2], [2, -1], [1, 0], [2, 1], [1, 2], [0, 1], [-1, 2], [-2, 1], [-1, 0], [-2, -1], [-1, -2]].map(([x, y]) => `${(x * r) / 1.8} ${(y * r) / 1.8}`).join("L"), "z"].join(""),
  "triangle-up": (r) => `M0 ${-1.2 * r}L${1.1 * r} ${0.9 * r}H${-1.1 * r}z`,
  "triangle-down": (r) => `M0 ${1.2 * r}L${1.1 * r} ${-0.9 * r}H${-1.1 * r}z`,
  star: (r) => ["M", ...Array.from({ length: 10 }, (_, k) => [k % 2 ? 0.55 * r : 1.4 * r, (k * Math.PI) / 5]).map(([d, a]) => `${(d * Math.sin(a)).toFixed(2)} ${(-d * Math.cos(a)).toFixed(2)}`).join("L"), "z"].join(""),
};

function drawn(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function valuesPart(row, values) {
  if (!values) return null;
  if (row >= values.low.length) return part("Values by class", page.make("p", {}, `The page holds the values of the ${values.low.length.toLocaleString("en")} genes with the smallest p-values.`));
  if (values.low[row] === null) return null;
  values.bytes ??= atob(values.levels);
  const [low, high, count] = [values.low[row], values.high[row], values.samples.length];
  const samples = values.samples.map((name, at) => ({ name, level: values.bytes.charCodeAt(row * count + at), group: values.class[at], hollow: values.independent[at] === 1 }));
  const known = samples.filter(({ level }) => level < 255).map((each) => ({ ...each, value: low + ((high - low) * each.level) / 254 }));
  const missing = count - known.length;
  const told = `Points: samples${values.independent.includes(1) ? " (hollow: independent)" : ""}; lines: medians${missing ? `; ${missing} missing` : ""}.`;
  return part("Values by class", strip(known, values, low, high), page.make("p", { class: "footnote" }, told));
}

const median = (numbers) => {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

// About five round numbers between two limits.
function roundSteps(low, high) {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((each) => each * power >= rough);
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, at) => Number((first + at * step).toPrecision(12)));
}

function strip(known, { unit, classes }, low, high) {
  const [width, height, left, bottom] = [460, 250, 52, 34];
  const room = (width - left) / classes.length;
  const x = (group, aside = 0) => left + room * (group + 0.5 + aside);
  const y = (value) => 10 + (height - bottom - 20) * (1 - (value - low) / (high - low || 1));
  const label = (attributes, text) => drawn("text", { "font-size": 12, fill: "var(--ink)", ...attributes }, text);
  const ticks = roundSteps(low, high).flatMap((value) => [
    drawn("line", { x1: left, x2: width, y1: y(value), y2: y(value), stroke: "var(--drawn-faint)", "stroke-width": 0.5 }),
    label({ x: left - 6, y: y(value) + 4, "text-anchor": "end" }, String(value).replace("-", "−")),
  ]);
  const fits = Math.max(3, Math.floor(room / 7));
  const names = classes.map(({ name }, group) => label({ x: x(group), y: height - 14, "text-anchor": "middle" }, name.length > fits ? `${name.slice(0, fits - 1)}…` : name));
  const seen = classes.map(() => 0);
  const points = known.map(({ name, value, group, hollow }) => {
    const { colour, symbol } = classes[group];
    const at = `translate(${x(group, SPREAD[seen[group]++ % SPREAD.length]).toFixed(1)} ${y(value).toFixed(1)})`;
    const title = drawn("title", {}, `${name}, ${classes[group].name}: about ${format.one(value)}`);
    return drawn("path", { d: SHAPES[symbol](4), transform: at, fill: hollow ? "none" : colour, stroke: colour, "stroke-width": 1.1 }, title);
  });
  const medians = classes.map((_, group) => median(known.filter((each) => each.group === group).map(({ value }) => value)));
  const lines = medians.map((value, group) => Number.isFinite(value) && drawn("line", { x1: x(group, -0.34), x2: x(group, 0.34), y1: y(value), y2: y(value), stroke: "var(--ink)", "stroke-width": 1.6 })).filter(Boolean);
  const told = classes.map(({ name }, group) => (Number.isFinite(medians[group]) ? `${name}: median about ${format.one(medians[group])}` : `${name}: none`)).join("; ");
  const axis = label({ transform: `translate(13 ${(height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, unit);
  return drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${unit} of the samples by class. ${told}.` }, ...ticks, axis, ...names, ...lines, ...points);
}

function startCards() {
  if (!genes || !hasCards()) return;
  document.addEventListener("click", ({ target }) => {
    const button = target.closest(".gene");
    const row = button ? Number(button.dataset.row) : rowOf(target.closest(".drawn text")?.textContent);
    if (row !== undefined) showCard(row);
    else if (target.id === "card") target.close(); // beside the card
  });
  document.addEventListener("keydown", (event) => event.target.closest(".gene") && roveBy(event));
  document.addEventListener("pointerover", ({ target }) => {
    if (target.closest(".drawn text")) target.style.cursor = rowOf(target.textContent) === undefined ? "" : "pointer";
  });
}

// Contents that tell where one is; light and dark.

function startContents() {
  const nav = document.querySelector(".contents");
  const links = new Map([...nav.querySelectorAll("a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const sections = [...document.querySelectorAll("main section[id]")];
  const inside = new Set();
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) inside[isIntersecting ? "add" : "delete"](target);
    const current = links.get(sections.findLast((section) => inside.has(section) && links.has(section.id))?.id);
    if (!current || current.ariaCurrent) return;
    links.forEach((link) => link.removeAttribute("aria-current"));
    current.setAttribute("aria-current", "true");
    show(current, nav);
  }, { rootMargin: "-10% 0px -80% 0px" });
  sections.forEach((section) => seen.observe(section));
}

// Scrolls the contents beside the text, if they do not show the link.
function show(link, nav) {
  const above = link.offsetTop - nav.scrollTop;
  if (getComputedStyle(nav).position === "fixed" && (above < 0 || above > nav.clientHeight - 40)) nav.scrollTop = link.offsetTop - nav.clientHeight / 2;
}

function startTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const apply = (dark) => {
    root.classList.toggle("dark", dark);
    root.classList.toggle("light", !dark);
    button.setAttribute("aria-pressed", String(dark));
    for (const [figure, { plot, told, row }] of live) {
      const { layout } = draw[told.way](told.data);
      window.Plotly.relayout(plot, themed({ ...layout, ...(plot.layout.scene && { scene: { ...layout.scene, camera: plot.layout.scene.camera } }) }));
      mark(figure, row ?? null);
    }
  };
  button.hidden = false;
  button.addEventListener("click", () => apply(!root.classList.contains("dark")));
  system.addEventListener("change", (event) => apply(event.matches));
  apply(system.matches);
}

async function start() {
  if (!window.DecompressionStream) return;
  if (document.getElementById("genes")) genes = JSON.parse(await unpacked("genes"));
  startSearch();
  startCards();
  await startTables().finally(startFigures); // plotly takes longer than all the rest
}

document.documentElement.classList.add("scripted");
startTheme();
startContents();
start();
