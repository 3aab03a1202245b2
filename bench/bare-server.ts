// The yardstick: a node:http server that reads a body and answers with as many bytes as it is told.
import { createServer } from "node:http";

const answer = Buffer.alloc(Number(process.argv[2] ?? 0), 120);
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    Buffer.concat(chunks);
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": answer.length });
    response.end(answer);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === "object" ? address?.port : null })}\n`);
});
process.on("SIGTERM", () => process.exit(0));
