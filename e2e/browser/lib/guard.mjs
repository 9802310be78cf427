/**
 * Writes down everything that must never happen in a browser context, on any page: errors in the console (a
 * violation of the Content Security Policy is one), uncaught exceptions, requests to another origin.
 */
export function watch(context, origin) {
  const found = [];
  context.on("console", (message) => {
    const text = message.text();
    if (message.type() !== "error" && !/content security policy/i.test(text)) return;
    found.push(`console: ${text} (${message.location().url})`);
  });
  context.on("weberror", (error) => found.push(`uncaught: ${error.error().stack ?? error.error()}`));
  context.on("request", (request) => {
    const url = new URL(request.url());
    const own =
      url.origin === origin || url.protocol === "data:" || url.protocol === "blob:" || url.href === "about:blank";
    if (!own) found.push(`request to another origin: ${request.method()} ${url.href}`);
  });
  return {
    /** What was found since the last call. */
    take: () => found.splice(0),
  };
}
