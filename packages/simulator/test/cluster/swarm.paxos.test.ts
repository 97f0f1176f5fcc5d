import { swarm } from './swarm.js';

swarm('paxos');
