/**
 * Writes down everything that must never happen in a browser context, on any page: errors in the console (a
 * violation of the Content Security Policy is one), uncaught exceptions, requests to another origin.
 */
export function watch(context, origin) {
  const found = [];
  let ignored = [];
  context.on("console", (message) => {
    const text = message.text();
    if (message.type() !== "error" && !/content security policy/i.test(text)) return;
    const line = `console: ${text} (${message.location().url})`;
    if (!ignored.some((pattern) => pattern.test(line))) found.push(line);
  });
  context.on("weberror", (error) => found.push(`uncaught: ${error.error().stack ?? error.error()}`));
  context.on("request", (request) => {
    const url = new URL(request.url());
    const own = url.origin === origin || url.protocol === "data:" || url.protocol === "blob:" || url.href === "about:blank";
    if (!own) found.push(`request to another origin: ${request.method()} ${url.href}`);
  });
  return {
    found,
    /** Lines that the test provokes on purpose. */
    ignore: (...patterns) => (ignored = [...ignored, ...patterns]),
  };
}
