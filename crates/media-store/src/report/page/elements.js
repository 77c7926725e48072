"use strict";

/*
 * The report's page. The data are in script elements of JSON: those of a kind
 * (data-kind) are read at once, those of a row (id) when somebody asks for the
 * row. Nothing of the data is ever markup: all of it goes through text nodes
 * and attributes.
 *
 * What is shown is said in the fragment: #file=…&result=…&from=…&to=… for a
 * file, q, sort and page for the list.
 */

/* Elements, and how they are made: text never becomes markup. */

const ROWS_PER_PAGE = 25;

const byId = (id) => document.getElementById(id);

/** The name of SVG's elements, which looks like an address and is none. */
const SVG = byId("svg").namespaceURI;

/** Sets attributes, listeners (functions) and children of an element. */
function fill(element, properties, children) {
    for (const [name, value] of Object.entries(properties ?? {})) {
        if (typeof value === "function") {
            element.addEventListener(name, value);
        } else if (value !== undefined && value !== null && value !== false) {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    // A child that is no node becomes a text node.
    element.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
    return element;
}

function h(tag, properties, ...children) {
    return fill(document.createElement(tag), properties, children);
}

function svg(tag, properties, ...children) {
    return fill(document.createElementNS(SVG, tag), properties, children);
}

function button(text, label, click, more) {
    return h("button", { type: "button", "aria-label": label, title: label, click, ...more }, text);
}

function table(heads, rows, caption, kind) {
    const head = heads.map(([text, kind]) => h("th", { scope: "col", class: kind }, text));
    const cells = (row) =>
        row.cells.map((cell, at) => {
            const kind = heads[at][1];
            const content = cell === "" ? "–" : cell;
            return h("td", { class: kind }, kind === "word" ? h("span", null, content) : content);
        });
    const body = rows.map((row) => h("tr", { class: row.kind }, cells(row)));
    return h(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
        h(
            "table",
            { "aria-label": caption, class: kind },
            h("thead", null, h("tr", null, head)),
            h("tbody", null, body),
        ),
    );
}

/** Shows a slice of many things, with buttons to the slices beside it. */
function paged(count, size, what, show) {
    const place = h("div");
    const turn = (page) => {
        const last = Math.max(0, Math.ceil(count / size) - 1);
        const first = page * size;
        place.replaceChildren(show(first, Math.min(count, first + size)));
        if (last > 0) {
            place.append(pager(page, last, turn, `${range(first, size, count)} ${what}`));
        }
    };
    turn(0);
    return place;
}

function pager(page, last, turn, text) {
    return h(
        "div",
        { class: "pager" },
        button("Previous", "Previous page", () => turn(page - 1), { disabled: page === 0 }),
        h("span", { role: "status" }, text),
        button("Next", "Next page", () => turn(page + 1), { disabled: page === last }),
    );
}
