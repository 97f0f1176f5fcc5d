import { swarm } from './swarm.js';

swarm('raft');
