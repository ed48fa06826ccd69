// The tables of the figures as plots: bars of the first figure of each row, with the spread of its
// rounds as a line. The table itself stays, folded.

/** Adds plots to one page. @param {string} page the end of its path */
export function plotTables(page) {
  /** @param {any} markdown the instance of markdown-it */
  return (markdown) =>
    markdown.core.ruler.push("plots", (state) => {
      if (!state.env.path?.endsWith(page)) return;
      state.tokens = state.tokens.flatMap((token, index, tokens) => {
        if (token.type === "table_open") {
          const bars = plot(markdown, rowsOf(tokens, index));
          token.meta = { folded: bars !== "" };
          return bars === ""
            ? [token]
            : [html(state, `${bars}<details><summary>All figures</summary>`), token];
        }
        if (token.type !== "table_close") return [token];
        const open = tokens.slice(0, index).findLast(({ type }) => type === "table_open");
        return open.meta.folded ? [token, html(state, "</details>\n")] : [token];
      });
    });
}

/** @param {any} state @param {string} content */
function html(state, content) {
  const token = new state.Token("html_block", "", 0);
  token.content = content;
  return token;
}

/** Returns the cells of the table that begins at a token. @param {any[]} tokens @param {number} start */
function rowsOf(tokens, start) {
  /** @type {string[][]} */
  const rows = [];
  for (let index = start; tokens[index].type !== "table_close"; index++) {
    if (tokens[index].type === "tr_open") rows.push([]);
    if (tokens[index].type === "inline") rows.at(-1)?.push(tokens[index].content);
  }
  return rows;
}

/** Returns the plot of a table, or "" where its second column has no figures. */
function plot(markdown, [[title = "", figure = ""] = [], ...rows]) {
  const bars = rows.map(([label = "", text = ""]) => ({ label, ...figuresOf(text) }));
  if (!/\(.*\)$/.test(figure) || bars.some(({ value }) => Number.isNaN(value))) return "";
  const largest = Math.max(...bars.map(({ value, max }) => Math.max(value, max)));
  const percent = (value) => `${((100 * value) / largest).toFixed(2)}%`;
  const safe = markdown.utils.escapeHtml;
  const items = bars.map(
    ({ label, value, min, max, text }) =>
      `<li${/this project|^@sse|log on/.test(label) ? ' class="ours"' : ""}><span>${safe(label)}</span>` +
      `<span class="track"><i style="width:${percent(value)}"></i>` +
      `<b style="left:${percent(min)};width:${percent(max - min)}"></b></span><span>${text}</span></li>`,
  );
  return `<figure class="plot"><figcaption>${safe(title)} — ${safe(figure)}</figcaption><ul>${items.join("")}</ul></figure>\n`;
}

/** Reads "1,234.5 [1,200…1,300]". @param {string} text */
function figuresOf(text) {
  const [value = Number.NaN, min = value, max = value] = (text.match(/\d[\d,.]*/g) ?? []).map((part) =>
    Number(part.replaceAll(",", "").replace(/\.$/, "")),
  );
  return { value, min, max, text: text.split(" ")[0] };
}
