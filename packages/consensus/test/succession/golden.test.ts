import { describeTranscripts } from '../support/golden.js';
import { runStageScript } from '../support/stage-script.js';

describeTranscripts('succession', runStageScript);
