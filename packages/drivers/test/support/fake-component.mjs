// A component as its driver sees one. What it does is told by its arguments; HTTP requests tell it to change.
//   --port P [--code C] [--ignore-term] [--worker] [--say TEXT]; /health, /sick, /well, /hang, /say?text=T, /leave?code=C
import { spawn } from 'node:child_process';
import http from 'node:http';

const value = (flag) => process.argv[process.argv.indexOf(`--${flag}`) + 1];
const has = (flag) => process.argv.includes(`--${flag}`);

if (has('say')) console.log(value('say'));
if (has('code')) process.exit(Number(value('code')));
function leave(words) {
  console.log(words);
  process.exit(0);
}

process.on('SIGTERM', () => has('ignore-term') || leave('ended in order'));
process.on('SIGINT', () => leave('interrupted'));
if (has('worker')) {
  const worker = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], {
    stdio: 'ignore',
  });
  console.log(`worker ${worker.pid}`);
}

let status = 200;
const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/sick') status = 500;
  if (pathname === '/well') status = 200;
  if (pathname === '/hang') for (;;);
  if (pathname === '/say') console.log(searchParams.get('text'));
  if (pathname === '/leave') process.exit(Number(searchParams.get('code') ?? 0));
  response.writeHead(pathname === '/health' ? status : 200);
  response.end(JSON.stringify({ pid: process.pid, port: value('port'), greeting: process.env.GREETING, cwd: process.cwd() }));
});
if (has('port')) server.listen(Number(value('port')), '127.0.0.1', () => console.log('serving'));
