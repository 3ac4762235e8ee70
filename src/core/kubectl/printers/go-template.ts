/** Go templates carried out. Models text/template/exec.go (go 1.25) as kubectl offers it. */
import { plainError } from '../errors.ts';
import { functions, printed, truth } from './go-template-functions.ts';
import type { Command, Node, Pipeline, Template, Term } from './go-template-parse.ts';
import { sortedKeys } from './json.ts';

const maxSteps = 300_000;
const maxOutput = 4_000_000;

class Frame {
  steps = 0;
  out = '';
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  run(nodes: Node[], dot: unknown, variables: Record<string, unknown>): void {
    const scope = variables;
    for (const node of nodes) {
      this.count();
      if (node.kind === 'text') this.write(node.text);
      else if (node.kind === 'print') {
        const value = this.pipeline(node.pipeline, dot, scope);
        if (node.pipeline.declares.length > 0) this.assign(node.pipeline, value, scope);
        else this.write(printed(value));
      } else this.control(node, dot, scope);
    }
  }

  private control(node: Extract<Node, { kind: 'if' | 'with' | 'range' }>, dot: unknown, variables: Record<string, unknown>): void {
    const value = this.pipeline(node.pipeline, dot, variables);
    const inner = Object.assign(Object.create(null), variables) as Record<string, unknown>;
    if (node.kind === 'range') {
      const entries: [unknown, unknown][] = Array.isArray(value)
        ? value.map((v, i) => [i, v])
        : typeof value === 'object' && value !== null
          ? sortedKeys(value).map((k) => [k, (value as Record<string, unknown>)[k]])
          : [];
      if (entries.length === 0) {
        this.run(node.otherwise, dot, inner);
        return;
      }
      const [a, b] = node.pipeline.declares;
      for (const [k, v] of entries) {
        if (b !== undefined) inner[a as string] = k;
        if (a !== undefined) inner[b ?? a] = v;
        this.run(node.body, v, inner);
      }
      return;
    }
    if (node.pipeline.declares[0] !== undefined) inner[node.pipeline.declares[0]] = value;
    if (truth(value)) this.run(node.body, node.kind === 'with' ? value : dot, inner);
    else this.run(node.otherwise, dot, inner);
  }

  private assign(pipeline: Pipeline, value: unknown, variables: Record<string, unknown>): void {
    variables[pipeline.declares[0] as string] = value;
  }

  private pipeline(pipeline: Pipeline, dot: unknown, variables: Record<string, unknown>): unknown {
    let value: unknown;
    for (const [i, command] of pipeline.commands.entries()) value = this.command(command, dot, variables, i > 0 ? [value] : []);
    return value;
  }

  private command(command: Command, dot: unknown, variables: Record<string, unknown>, last: unknown[]): unknown {
    this.count();
    const [first, ...rest] = command as [Term, ...Term[]];
    if (first.kind === 'call') return functions[first.name]?.([...rest.map((t) => this.term(t, dot, variables)), ...last]);
    return this.term(first, dot, variables);
  }

  private term(t: Term, dot: unknown, variables: Record<string, unknown>): unknown {
    if (t.kind === 'value') return t.value;
    if (t.kind === 'call') return functions[t.name]?.([]);
    let value = t.inner ? this.pipeline(t.inner, dot, variables) : t.variable !== undefined ? variables[t.variable] : dot;
    for (const name of t.names) {
      if (value === null || value === undefined) return undefined;
      if (typeof value !== 'object' || Array.isArray(value))
        throw plainError(
          `error executing template ${JSON.stringify(this.text)}: template: output:1: can't evaluate field ${name} in type ${Array.isArray(value) ? '[]interface {}' : typeof value}`,
        );
      value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    }
    return value;
  }

  private count(): void {
    this.steps += 1;
    if (this.steps > maxSteps) throw plainError(`error executing template: more than ${maxSteps} steps`);
  }
  private write(text: string): void {
    this.out += text;
    if (this.out.length > maxOutput) throw plainError(`error executing template: output is longer than ${maxOutput} characters`);
  }
}

export function executeTemplate(template: Template, value: unknown): string {
  const frame = new Frame(template.text);
  const variables = Object.create(null) as Record<string, unknown>;
  variables.$ = value;
  frame.run(template.nodes, value, variables);
  return frame.out;
}
