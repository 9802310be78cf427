// Runs the public audit suite for GraphQL over HTTP against a server.
//   node graph/audit_suite.mjs URL
// Fails on any audit of a MUST or a SHOULD that does not pass.
import { serverAudits } from "graphql-http";

const url = process.argv[2];
if (!url) {
  console.error("usage: node graph/audit_suite.mjs URL");
  process.exit(2);
}
const counts = { ok: 0, notice: 0, warn: 0, error: 0 };
let failed = 0;
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const result = await audit.fn();
  counts[result.status]++;
  const required = /^(MUST|SHOULD)\b/.test(audit.name);
  if (result.status !== "ok") {
    console.log(`${result.status} ${audit.id} ${audit.name}: ${result.reason}`);
    if (required) failed++;
  }
}
console.log(JSON.stringify({ ...counts, failed }));
process.exit(failed > 0 ? 1 : 0);
