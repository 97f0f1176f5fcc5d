// node main.mjs SEAT GUEST: reserves a seat, on the cluster that REKNIT_ENDPOINTS names.
import { createClient } from 'reknit';
import { reserve } from './seats.mjs';

const [seat, guest] = process.argv.slice(2);
if (seat === undefined || guest === undefined) {
  console.error('usage: node main.mjs SEAT GUEST');
  process.exitCode = 2;
} else {
  const client = createClient({ endpoints: (process.env.REKNIT_ENDPOINTS ?? '127.0.0.1:2379').split(',') });
  const owner = await reserve(client, seat, guest);
  client.close();
  console.log(owner === guest ? `${seat} is yours` : `${seat} is taken by ${owner}`);
  process.exitCode = owner === guest ? 0 : 1;
}
