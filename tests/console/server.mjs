import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const freePort = () =>
  new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** Arguments before the command: model, and the archive in a folder. */
const global = ({ model, models }, folder) => [
  ...["--model", model, "--data-dir", join(folder, "archive")],
  ...(models ? ["--models-dir", models] : []),
];

/** Imports cases into the archive of a folder; before a server opens it. */
export async function importCases(options, folder, source) {
  const work = spawn(options.program, [...global(options, folder), "cases", "import", source], { stdio: "ignore" });
  const code = await new Promise((done) => work.on("close", done));
  if (code !== 0) throw new Error(`${source} is not imported (exit ${code})`);
}

/** Starts the program on free ports and waits for its console; returns the address and how to stop it. */
export async function serve(options, folder) {
  const [port, rpc] = [await freePort(), await freePort()];
  const server = spawn(options.program, [...global(options, folder), "serve"], {
    env: { ...process.env, EIA_SCREEN__CONSOLE__LISTEN: `127.0.0.1:${port}`, EIA_SCREEN__SERVER__LISTEN: `127.0.0.1:${rpc}` },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const base = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    try {
      await fetch(`${base}/sign-in`);
      const stop = () =>
        new Promise((done) => {
          server.once("exit", done);
          server.kill("SIGTERM");
        });
      return { base, stop };
    } catch (error) {
      if (tries > 200 || server.exitCode !== null) throw error;
      await pause(100);
    }
  }
}
