/* The colours, and the first look. */

const dark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : dark.matches;
}

const redraw = () => redraws.forEach((draw) => draw());

function listenToTheme() {
    const toggle = byId("theme");
    const name = () => (toggle.textContent = isDark() ? "Light colours" : "Dark colours");
    toggle.hidden = false;
    toggle.addEventListener("click", () => {
        document.documentElement.dataset.theme = isDark() ? "light" : "dark";
        name();
        redraw();
    });
    dark.addEventListener("change", () => {
        name();
        redraw();
    });
    window.addEventListener("beforeprint", redraw);
    window.addEventListener("afterprint", redraw);
    name();
}

function show(moveFocus) {
    readState();
    byId("query").value = state.q;
    byId("sort").value = state.sort;
    showList();
    showDetail(moveFocus);
}

function start() {
    model.about = blocksObject("about");
    byId("origin").append(model.about.database, " · written ", when(model.about.created_at));
    readAnalyses();
    readJobs();
    readChecks();
    colourLabels();
    byId("files").hidden = model.files.size === 0;
    listenToTheme();
    listenToList();
    window.addEventListener("hashchange", () => show(true));
    // A step in the page, not to another view.
    document.querySelector(".skip").addEventListener("click", (event) => {
        event.preventDefault();
        byId("detail").focus();
    });
    show(false);
}

function blocksObject(kind) {
    return JSON.parse(document.querySelector(`script[data-kind="${kind}"]`).textContent);
}

start();
