// node bench/echo-server.mjs [http2|framed] [port] (after a build): a unary echo for h2load, to measure a back end alone.
//   printf '\0\0\0\0\5hello' > body
//   h2load -n 200000 -c 10 -m 100 -d body -H 'content-type: application/grpc' -H 'te: trailers' http://127.0.0.1:7777/echo.Echo/Unary
import * as backEnds from '../dist/node-http2/index.js';

const [kind = 'http2', port = '7777'] = process.argv.slice(2);
const create = kind === 'framed' ? backEnds.createFramedServer : backEnds.createHttp2Server;
let calls = 0;
const echo = (request, _context, reply) => {
  calls++;
  reply.ok(request);
};
const server = create({
  addresses: [`127.0.0.1:${port}`],
  services: new Map([['/echo.Echo/Unary', { kind: 'unary', handle: echo }]]),
  http: (_request, respond) => respond({ status: 404, headers: {}, body: '' }),
  receiveBytesMax: 4 * 1024 * 1024,
});
await server.listen();
process.on('SIGTERM', async () => {
  const { user, system } = process.cpuUsage();
  console.log(`${kind}: ${calls} calls, ${((user + system) / calls).toFixed(1)} µs of CPU each`);
  await server.close(0);
});
