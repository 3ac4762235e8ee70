/** `sim proxy-rules INPUT.json`: 0; 1 when the objects or the configuration cannot be used; 2 when the file cannot be read. */
import { readFileSync } from 'node:fs';
import { InputError, proxyRules as rulesOf } from '../core/index.ts';
import type { ProxyRulesArgs } from './args.ts';

export function proxyRules(args: ProxyRulesArgs): number {
  let text: string;
  try {
    text = readFileSync(args.input === '-' ? 0 : args.input, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refuse(2, `${args.input}: ${code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a directory' : (error as Error).message}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse(2, `${args.input} is not JSON: ${(error as Error).message.replace(/\s+/g, ' ')}`);
  }
  try {
    const { text: rules, log } = rulesOf(json, args.mode, args.format);
    for (const line of log) process.stderr.write(`sim: ${line}\n`);
    process.stdout.write(rules);
    return 0;
  } catch (error) {
    if (error instanceof InputError) return refuse(1, `${args.input}: ${error.message}`);
    throw error;
  }
}

function refuse(code: number, sentence: string): number {
  process.stderr.write(`sim: ${sentence}\n`);
  return code;
}
