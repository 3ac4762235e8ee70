/** `kubarium` on the command line. Exit 0; 1 when a manifest is refused or the model breaks an assertion of its own; 2 for bad usage. */
import { parseArgs, usage } from './args.ts';
import { proxyRules } from './proxy-rules.ts';
import { runSim } from './run.ts';
import { serve } from './serve.ts';

// A reader that goes away (`| head`) ends the output, not the program with a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

async function main(): Promise<number> {
  const args = parseArgs(process.argv.slice(2));
  switch (args.command) {
    case 'help':
      process.stdout.write(usage);
      return 0;
    case 'bad':
      process.stderr.write(`sim: ${args.message}\n${usage}`);
      return 2;
    case 'proxy-rules':
      return proxyRules(args);
    case 'serve':
      return await serve(args);
    case 'run':
      return runSim(args);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`sim: ${error instanceof Error ? (process.env.KUBARIUM_DEBUG ? error.stack : error.message.split('\n')[0]) : String(error)}\n`);
  process.exitCode = 1;
}
