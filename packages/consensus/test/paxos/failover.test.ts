import { paxos } from '../../src/index.js';
import { describeFailover } from '../support/failover.js';

describeFailover(paxos);
