/* What is shown, as the fragment of the address says it. */

const state = {
    file: null,
    result: null,
    from: null,
    to: null,
    q: "",
    sort: "newest",
    page: 0,
};

function readState() {
    const given = new URLSearchParams(location.hash.slice(1));
    const number = (name) => {
        const text = given.get(name);
        return text !== null && Number.isFinite(Number(text)) ? Number(text) : null;
    };
    state.file = given.get("file");
    state.result = number("result");
    state.from = number("from");
    state.to = number("to");
    state.q = given.get("q") ?? "";
    state.sort = Object.hasOwn(ORDERS, given.get("sort")) ? given.get("sort") : "newest";
    state.page = Math.max(0, Math.trunc(number("page") ?? 0));
}

/** A link that keeps the list as it is, and shows something else beside it. */
function fragment(changes) {
    const { q, sort, page } = state;
    const wanted = new URLSearchParams();
    const all = { q, sort: sort === "newest" ? "" : sort, page: page || "", ...changes };
    for (const name of ["file", "result", "from", "to", "q", "sort", "page"]) {
        const value = all[name];
        if (value !== undefined && value !== null && value !== "") {
            wanted.set(name, value);
        }
    }
    return `#${wanted}`;
}

function link(path, ...children) {
    return h(
        "a",
        { href: fragment({ file: path }), title: path },
        children.length ? children : nameOf(path),
    );
}

/** Says in the address what is shown, without a step in the history. */
function keepState() {
    const { file, result, from, to } = state;
    const round = (seconds) => seconds && Number(seconds.toFixed(4));
    const hash = fragment({ file, result, from: round(from), to: round(to) });
    try {
        history.replaceState(null, "", hash);
    } catch {
        // A browser may limit how often; the next change will be kept.
    }
}
