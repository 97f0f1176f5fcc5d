// A web server that can be told to go wrong: /hang and it answers nobody any more, /leak and its memory fills up.
import http from 'node:http';

const LEAK_EVERY_MS = 50;
const LEAK_BYTES = 1024 * 1024;
const FULL_BYTES = 16 * LEAK_BYTES;

let hangs = false;
const leaked = [];

function leak() {
  leaked.push(Buffer.alloc(LEAK_BYTES, 1));
  if (leaked.length * LEAK_BYTES >= FULL_BYTES) console.error(`WARN heap is nearly full: ${leaked.length} MiB`);
  setTimeout(leak, LEAK_EVERY_MS);
}

const server = http.createServer((request, response) => {
  if (request.url === '/hang') hangs = true;
  if (hangs) return;
  if (request.url === '/leak') leak();
  response.end(`${process.pid}\n`);
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`serving on ${process.env.PORT}`));

// In order: what is under way is answered, nothing new is begun.
process.on('SIGTERM', () => server.close(() => process.exit(0)));
