/** Deutsche Wörter des Editors. */
import { number } from './en.ts';
import type { panelWords } from './panels.en.ts';
import type { Translation } from './translation.ts';

const plural = (n: number, one: string, many: string): string => `${number(n)} ${n === 1 ? one : many}`;

export const editorDe: Translation<(typeof panelWords)['editor']> = {
  label: 'Manifest, YAML',
  apply: 'Anwenden',
  applying: 'Wendet an',
  applyKeys: 'Strg ↵',
  notApplied: 'Der Text ist ein anderer als der angewendete',
  runsOn: 'kubectl ist noch nicht fertig; es läuft mit der Uhr weiter.',
  live: 'live',
  notLoaded: 'Der Editor konnte nicht geladen werden. Der Text lässt sich hier bearbeiten und anwenden.',
  retry: 'Noch einmal',
  errors: 'Fehler im Text',
  line: (n) => `Zeile ${n}`,
  dismiss: 'Weg damit',
  aside: 'Nicht angewendeter Text von vorher ist aufgehoben.',
  bringBack: 'Zurückholen',
  discard: 'Verwerfen',
  facts: {
    refused: 'abgewiesen',
    notSimulated: 'nicht simuliert',
    ready: (n) => `${n} ready`,
    onNode: 'auf dem Node',
    next: (ms) => `nächste in ${(ms / 1000).toFixed(1)} s`,
    failures: (n, of) => `${n} von ${of} fehlgeschlagen`,
    notProbed: 'nicht geprüft',
  },
  stored: {
    button: 'gespeichert',
    label: 'Wie der API-Server es gespeichert hat',
    legend: (defaults, changed) =>
      `wie der API-Server es gespeichert hat: + ${plural(defaults, 'Zeile', 'Zeilen')} schrieb niemand, ≠ ${number(changed)} anders geschrieben`,
    none: 'Unter diesem Namen ist nichts gespeichert.',
  },
  snippets: {
    snippet: 'Baustein',
    add: (name) => `Hinzufügen: ${name}`,
    names: {
      readinessProbe: 'Readiness-Probe',
      livenessProbe: 'Liveness-Probe',
      startupProbe: 'Startup-Probe',
      resources: 'Requests und Limits',
      sidecar: 'Sidecar',
      service: 'Service für diese Pods',
    },
  },
  intake: {
    read: (n, first) => (n === 1 ? `${first} wurde angewendet.` : `${number(n)} Dateien wurden angewendet.`),
    cleaned: (n, fields) => `${plural(n, 'Objekt', 'Objekte')} eines echten Clusters gereinigt${fields ? `: ${fields}` : ''}.`,
    secrets: (n) => `${plural(n, 'Wert', 'Werte')} von Secrets ersetzt.`,
    left: (n, names) => `${plural(n, 'Objekt', 'Objekte')} weggelassen, der Cluster macht sie selbst: ${names}.`,
    namespaces: (names) => `Namespace hinzugefügt: ${names}.`,
    refused: 'Nicht gelesen',
    why: {
      folder: () => 'ein Ordner; seine Dateien ziehen',
      notText: () => 'kein Text',
      tooLarge: (n) => `${(n / 1e6).toFixed(1)} MB; höchstens 1 MB wird gelesen`,
      together: (n) => `zusammen mehr als ${(n / 1e6).toFixed(1)} MB`,
      empty: () => 'nichts darin',
    },
    notYaml: (words) => `kein YAML: ${words}`,
    tooMany: (n) => `${plural(n, 'Datei', 'Dateien')} mehr: höchstens 200 werden gelesen`,
    pasteTooLarge: (n) => `Der eingefügte Text hat ${(n / 1e6).toFixed(1)} MB; höchstens 1,4 MB werden genommen.`,
    more: (n) => `${number(n)} mehr`,
  },
  keys: { label: 'Tasten', indent: 'Einrücken', outdent: 'Ausrücken', colon: 'Doppelpunkt', dash: 'Strich', braces: 'Klammern', undo: 'Rückgängig' },
};
