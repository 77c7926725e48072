/* Numbers, times, paths and hashes as people read them. */

const numbers = new Intl.NumberFormat("en");
const format = (number) => numbers.format(number);

function counted(count, what) {
    return `${format(count)} ${what}${count === 1 ? "" : "s"}`;
}

function range(first, size, count) {
    return `${format(first + 1)}–${format(Math.min(count, first + size))} of ${format(count)}`;
}

const two = (number) => String(number).padStart(2, "0");

/** Unix seconds as local time, or as they are if no calendar has them. */
function when(seconds) {
    const date = new Date(seconds * 1000);
    if (Number.isNaN(date.getTime())) {
        return String(seconds);
    }
    const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
    // Where there is no room, a line ends between the two.
    const parts = [h("span", null, day), " ", h("span", null, time)];
    return h("time", { datetime: date.toISOString() }, parts);
}

/** Seconds of a medium as h:mm:ss.mmm. */
function clock(seconds, digits = 3) {
    if (!Number.isFinite(seconds) || Math.abs(seconds) > 1e9) {
        return `${seconds} s`;
    }
    const unit = 10 ** digits;
    const whole = Math.round(Math.abs(seconds) * unit);
    const rest = Math.floor(whole / unit);
    const hours = Math.floor(rest / 3600);
    const minutes = Math.floor(rest / 60) % 60;
    const fraction = digits > 0 ? `.${String(whole % unit).padStart(digits, "0")}` : "";
    const start = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
    return `${seconds < 0 && whole > 0 ? "−" : ""}${start}:${two(rest % 60)}${fraction}`;
}

function shortHash(hash) {
    const [name, digest] = hash.split(/:(.*)/s);
    return digest && digest.length > 12 ? `${name}:${digest.slice(0, 8)}…` : hash;
}

const isHash = (text) => /^[a-z][a-z0-9_-]*:([0-9a-f]{2})+$/.test(text);

function hashText(hash, short) {
    const text = h("code", { title: hash }, short ? shortHash(hash) : hash);
    return isHash(hash) ? text : [text, " ", badge("not a hash", "warn")];
}

function nameOf(path) {
    return path.split(/[\\/]/).pop() || path;
}

function folderOf(path) {
    return path.slice(0, path.length - nameOf(path).length);
}

const labelText = (label) => (label === "" ? "(no label)" : label);

function badge(text, kind) {
    return h("span", { class: `badge ${kind ?? ""}` }, text);
}
