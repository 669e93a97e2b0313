// Parses Power Query M with Microsoft's own parser: node parse.mjs file.pq … prints a line for each file that is none, and fails if there is one.
import * as PQP from '@microsoft/powerquery-parser';
import { readFileSync } from 'node:fs';

let failed = false;
for (const file of process.argv.slice(2)) {
  const task = await PQP.TaskUtils.tryLexParse(PQP.DefaultSettings, readFileSync(file, 'utf8'));
  if (!PQP.TaskUtils.isParseStageOk(task)) {
    failed = true;
    console.log(`${file}: ${task.error?.innerError?.message ?? task.error?.message}`);
  }
}

process.exitCode = failed ? 1 : 0;
