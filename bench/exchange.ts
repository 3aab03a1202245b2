// One HTTP request by Node's own client, timed to the end of its answer.
import { type Agent, request as httpRequest } from "node:http";

export interface TimedRequest {
  readonly agent: Agent;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly body?: Uint8Array;
}

/** Milliseconds. Throws where the answer is not a 200. */
export function exchange({ agent, port, method, path, body }: TimedRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const request = httpRequest({ agent, host: "127.0.0.1", port, method, path }, (response) => {
      response.resume();
      response.on("end", () =>
        response.statusCode === 200
          ? resolve(performance.now() - started)
          : reject(new Error(`${path} answers ${response.statusCode}`)),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}
