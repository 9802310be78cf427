import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./wait.mjs";

/** The built program on a new SQLite database with demo data, until `stop` is called. */
export async function startServer() {
  const binary = process.env.E2E_BINARY;
  if (!binary) throw new Error("E2E_BINARY is not set: it is the built program to test, such as bin/officeportal.");
  await access(binary, constants.X_OK).catch(() => {
    throw new Error(`E2E_BINARY=${binary} is no program that can be run. Run make build first.`);
  });
  const folder = await mkdtemp(join(tmpdir(), "officeportal-e2e-"));
  try {
    // Between asking for a free port and using it somebody else may take it: then with others once more.
    for (let attempt = 1; ; attempt++) {
      try {
        return await startAt(binary, folder, await freePort(), await freePort());
      } catch (error) {
        if (attempt === 3 || !/in use/i.test(String(error))) throw error;
      }
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startAt(binary, folder, port, opsPort) {
  const origin = `http://localhost:${port}`;
  // Nothing of the developer's own settings: the program would refuse or obey them.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("OFFICEPORTAL_")));
  const program = spawn(binary, ["serve"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...env,
      OFFICEPORTAL_LISTEN: `127.0.0.1:${port}`,
      OFFICEPORTAL_OPS_LISTEN: `127.0.0.1:${opsPort}`,
      OFFICEPORTAL_PUBLIC_URL: origin,
      OFFICEPORTAL_DATABASE_URL: `sqlite:${join(folder, "officeportal.db")}`,
      OFFICEPORTAL_DEMO: "on",
    },
  });
  let printed = "";
  let log = "";
  program.stdout.on("data", (chunk) => (printed += chunk));
  program.stderr.on("data", (chunk) => (log += chunk));
  const ended = once(program, "close");
  ended.catch(() => {});

  const ready = async () => {
    if (program.exitCode !== null) return true;
    const answer = await fetch(`http://127.0.0.1:${opsPort}/readyz`).catch(() => null);
    return answer?.ok ?? false;
  };
  await eventually(ready, { seconds: 60, what: () => `/readyz of the program\n${log}` });
  if (program.exitCode !== null) throw new Error(`The program ended with ${program.exitCode}:\n${printed}${log}`);

  return {
    origin,
    /** What was logged, for the message of a failed test. */
    log: () => log,
    /** Whom one can sign in as, by first name in small letters. */
    people: peopleIn(printed),
    /** Everything that would have been sent, newest first. */
    async messages() {
      const answer = await fetch(`${origin}/dev/messages.json`);
      return (await answer.json()).messages;
    },
    async stop() {
      program.kill("SIGTERM");
      const [code, signal] = await ended;
      await rm(folder, { recursive: true, force: true });
      if (code !== 0) throw new Error(`The program ended with ${code ?? signal}:\n${log}`);
    },
  };
}

/** Lines such as "  http://localhost:8080/office/  dana@example.com  some words  Dana Price (front desk)". */
function peopleIn(printed) {
  const people = {};
  for (const line of printed.split("\n")) {
    const found = /^ {2}(\S+)\s+(\S+@\S+)\s+(\S.*?)\s+(\p{Lu}\S* \p{Lu}\S*) \(([^)]+)\)$/u.exec(line);
    if (!found) continue;
    const [, url, email, password, name, role] = found;
    people[name.split(" ")[0].toLowerCase()] = { url, email, password, name, role };
  }
  if (Object.keys(people).length === 0) throw new Error(`No demo sign-ins among what the program printed:\n${printed}`);
  return people;
}

async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
