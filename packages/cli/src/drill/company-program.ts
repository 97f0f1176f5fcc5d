// A member of a drill's company: `company-program.js [MENU DATABASE-PORT]`. It says that it is well; with a menu it must be able to
// read it at its start, and is well only while its database is.
import { readFileSync } from 'node:fs';
import { createServer, request, type ServerResponse } from 'node:http';

const DATABASE_WITHIN_MS = 200;
const BAD_MENU_EXIT_CODE = 3;

const [menu, databasePort] = process.argv.slice(2);

function readMenu(path: string): void {
  try {
    JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    console.error(`the menu ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(BAD_MENU_EXIT_CODE);
  }
}

const answer = (response: ServerResponse, status: 200 | 503): void => void response.writeHead(status).end();

function askDatabase(port: string, response: ServerResponse): void {
  const options = { port, host: '127.0.0.1', path: '/health', agent: false, signal: AbortSignal.timeout(DATABASE_WITHIN_MS) };
  const asked = request(options, (said) => {
    said.resume();
    answer(response, said.statusCode === 200 ? 200 : 503);
  });
  asked.on('error', () => answer(response, 503));
  asked.end();
}

if (menu !== undefined) readMenu(menu);
createServer((_, response) => {
  if (databasePort === undefined) answer(response, 200);
  else askDatabase(databasePort, response);
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('open'));
