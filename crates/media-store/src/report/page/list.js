/* The list of files: searched, sorted, a page at a time. */

const FILES_PER_PAGE = 50;
const TAIL = 14;

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const attention = (file) => (file.verdict ? verdict(file.verdict).rank : -1);
const byPath = (a, b) => compare(a.path, b.path);

const ORDERS = {
    newest: (a, b) => b.newest - a.newest || byPath(a, b),
    name: (a, b) => compare(nameOf(a.path), nameOf(b.path)) || byPath(a, b),
    path: byPath,
    attention: (a, b) => attention(b) - attention(a) || byPath(a, b),
    ranges: (a, b) => b.ranges - a.ranges || byPath(a, b),
    longest: (a, b) => b.end - a.end || byPath(a, b),
};

/** What a search looks through; put together when somebody first searches. */
function haystack(file) {
    const verdictText = file.verdict ? verdict(file.verdict).text : "";
    file.text ??= [file.path, ...file.hashes, ...file.labels, ...file.actions, verdictText]
        .join("\n")
        .toLowerCase();
    return file.text;
}

/** The files that hold every word, in the order that was chosen. */
function foundFiles() {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const files = [...model.files.values()];
    const found = words.length
        ? files.filter((file) => words.every((word) => haystack(file).includes(word)))
        : files;
    return found.sort(ORDERS[state.sort]);
}

/** A name that is cut in its middle where there is no room: names differ at their ends. */
function fileName(path) {
    const name = nameOf(path);
    const [start, end] = [name.slice(0, -TAIL), name.slice(-TAIL)];
    return h("span", { class: "name" }, h("span", null, start), h("span", null, end));
}

function factsOf(file) {
    const labels = Array.from(file.labels, labelText);
    return [
        file.analyses.some((analysis) => analysis.count !== null) && counted(file.ranges, "range"),
        file.analyses.some((analysis) => analysis.problem) && "unreadable ranges",
        labels.slice(0, 3).join(", ") + (labels.length > 3 ? ", …" : ""),
        !file.analyses.length && counted(file.jobs.length, "job"),
    ].filter(Boolean);
}

function fileItem(file) {
    const chosen = file.path === state.file;
    return h(
        "li",
        null,
        h(
            "a",
            {
                href: fragment({ file: file.path }),
                "aria-current": chosen && "true",
                title: file.path,
            },
            fileName(file.path),
            h("span", { class: "folder" }, folderOf(file.path)),
            h(
                "span",
                { class: "facts" },
                file.verdict ? verdictBadge(file.verdict) : null,
                factsOf(file).map((fact) => h("span", null, fact)),
            ),
        ),
    );
}

function showList() {
    const found = foundFiles();
    const last = Math.max(0, Math.ceil(found.length / FILES_PER_PAGE) - 1);
    state.page = Math.min(state.page, last);
    const first = state.page * FILES_PER_PAGE;
    const all = model.files.size;
    byId("found").textContent = state.q
        ? `${format(found.length)} of ${counted(all, "file")}`
        : counted(all, "file");
    byId("list").replaceChildren(...found.slice(first, first + FILES_PER_PAGE).map(fileItem));
    const turn = (page) => {
        state.page = page;
        byId("list").scrollTop = 0;
        showList();
        keepState();
    };
    const text = range(first, FILES_PER_PAGE, found.length);
    byId("pager").replaceChildren(...(last > 0 ? [pager(state.page, last, turn, text)] : []));
}

function listenToList() {
    const query = byId("query");
    const changed = () => {
        state.q = query.value.trim();
        state.sort = byId("sort").value;
        state.page = 0;
        showList();
        keepState();
    };
    query.addEventListener("input", changed);
    byId("sort").addEventListener("change", changed);
    byId("search").addEventListener("submit", (event) => event.preventDefault());
}
