/** Splits a line of restore input into words. Models xshared.c add_param_to_argv (iptables 1.8.9): `"` quotes, `\` escapes inside. */

export const maxWords = 255;
const maxWordLength = 1024;

/** Null: a quote is not closed, or a word or line is too long. */
export function splitWords(line: string): string[] | null {
  if (!line.includes('"') && !line.includes('\t') && !line.includes('  ')) {
    const words = line.split(' ');
    if (words[words.length - 1] === '') words.pop();
    if (words[0] === '') words.shift();
    return words.length > maxWords ? null : words;
  }
  const words: string[] = [];
  let word = '';
  let inWord = false;
  let quoted = false;
  let from = 0;
  for (let i = 0; i <= line.length; i += 1) {
    const c = i === line.length ? ' ' : line[i];
    if (quoted) {
      if (i === line.length) return null;
      if (c === '\\' && i + 1 < line.length) {
        word += line.slice(from, i) + line[i + 1];
        i += 1;
        from = i + 1;
      } else if (c === '"') {
        word += line.slice(from, i);
        from = i + 1;
        quoted = false;
      }
    } else if (c === '"') {
      word += line.slice(from, i);
      from = i + 1;
      quoted = true;
      inWord = true;
    } else if (c === ' ' || c === '\t') {
      if (inWord || i > from) {
        word += line.slice(from, i);
        if (word.length > maxWordLength) return null;
        words.push(word);
      }
      word = '';
      inWord = false;
      from = i + 1;
    }
  }
  return words.length > maxWords ? null : words;
}
