/** Monaco in the pane. Loaded on first use. */
import { useEffect, useRef } from 'react';
import { onColours } from '../timebar/colours.ts';
import { panelWords } from '../words/panels.en.ts';
import { addSnippet } from './add-snippet.ts';
import { apply } from './apply.ts';
import { useCheck } from './check.ts';
import { errorRows } from './error-rows.ts';
import { useMarked } from './marked.ts';
import { modelUri, monaco } from './monaco-setup.ts';
import type { PlainPlace } from './plain-editor.tsx';
import { type SnippetId, snippetIds } from './snippets.ts';
import type { SurfaceProps } from './surface.ts';
import { typeText, useText } from './text.ts';
import { setTheme } from './theme.ts';

export { setUp } from './monaco-setup.ts';

type Editor = ReturnType<typeof monaco.editor.create>;

export function MonacoEditor({ fontSize, lineHeight, onMove, onSurface, onHoverLine, place }: SurfaceProps & { place: PlainPlace | null }) {
  const box = useRef<HTMLDivElement>(null);
  const began = useRef(place);
  useEffect(() => {
    if (!box.current) return;
    const uri = monaco.Uri.parse(modelUri);
    const model = monaco.editor.getModel(uri) ?? monaco.editor.createModel(useText.getState().text, 'yaml', uri);
    if (model.getValue() !== useText.getState().text) model.setValue(useText.getState().text);
    setTheme(monaco);
    const editor = monaco.editor.create(box.current, {
      model,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
      fontSize,
      lineHeight,
      fontLigatures: false,
      tabSize: 2,
      insertSpaces: true,
      minimap: { enabled: false },
      glyphMargin: false,
      folding: false,
      lineNumbersMinChars: 4,
      lineDecorationsWidth: 12,
      overviewRulerLanes: 0,
      hideCursorInOverviewRuler: true,
      renderLineHighlight: 'none',
      scrollBeyondLastLine: false,
      automaticLayout: true,
      fixedOverflowWidgets: true,
      padding: { top: 8, bottom: 8 },
      quickSuggestions: { other: true, strings: true, comments: false },
      wordBasedSuggestions: 'off',
      ariaLabel: panelWords.editor.label,
      scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, alwaysConsumeMouseWheel: false },
      stickyScroll: { enabled: false },
      occurrencesHighlight: 'off',
      guides: { indentation: false },
      contextmenu: false,
      lightbulb: { enabled: 'off' as never },
      bracketPairColorization: { enabled: false },
    });
    const stops: { dispose(): void }[] = [
      editor.onDidChangeModelContent(() => typeText(editor.getValue())),
      editor.onDidScrollChange(onMove),
      editor.onDidLayoutChange(onMove),
      editor.onMouseMove((event) => onHoverLine(event.target.position?.lineNumber ?? null)),
      editor.onMouseLeave(() => onHoverLine(null)),
    ];
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () => void apply());
    const undo = [
      useText.subscribe((now, before) => {
        if (now.version !== before.version && now.text !== editor.getValue()) replaceAll(editor, now.text);
      }),
      onColours(() => setTheme(monaco)),
      keepMarked(editor),
      keepErrors(editor, onMove),
    ];
    onSurface({
      lineHeight,
      topOf: (line) => {
        const last = model.getLineCount();
        return (line > last ? editor.getBottomForLineNumber(last) : editor.getTopForLineNumber(line)) - editor.getScrollTop();
      },
      focus: () => editor.focus(),
      reveal: (line) => editor.revealLineInCenterIfOutsideViewport(line),
      insert: (text) => editor.trigger('keys', 'type', { text }),
      indent: (by) => editor.trigger('keys', by > 0 ? 'editor.action.indentLines' : 'editor.action.outdentLines', null),
      undo: () => editor.trigger('keys', 'undo', null),
      line: () => editor.getPosition()?.lineNumber ?? 1,
      goTo: (line) => {
        editor.setPosition({ lineNumber: line, column: model.getLineMaxColumn(Math.min(line, model.getLineCount())) });
        editor.revealLineInCenterIfOutsideViewport(line);
        editor.focus();
      },
      paste: (text) => {
        const range = editor.getSelection();
        if (!range) return;
        editor.pushUndoStop();
        editor.executeEdits('paste', [{ range, text, forceMoveMarkers: true }]);
        editor.pushUndoStop();
        editor.focus();
      },
    });
    stops.push(offerSnippets(editor));
    takeOver(editor, began.current);
    return () => {
      onSurface(null);
      for (const stop of undo) stop();
      for (const stop of stops) stop.dispose();
      editor.dispose();
    };
  }, [fontSize, lineHeight, onMove, onSurface, onHoverLine]);
  return <div ref={box} className="monaco-box" />;
}

/** As one edit: Ctrl Z brings back what stood there. */
function replaceAll(editor: Editor, text: string): void {
  const range = editor.getModel()?.getFullModelRange();
  if (!range) return;
  editor.pushUndoStop();
  editor.executeEdits('replace', [{ range, text }]);
  editor.pushUndoStop();
}

/** Snippets among what can be completed: they go where they belong, not where the cursor is. */
function offerSnippets(editor: Editor): { dispose(): void } {
  const command = editor.addCommand(0, (_accessor: unknown, id: SnippetId) => addSnippet(id));
  const t = panelWords.editor.snippets;
  return monaco.languages.registerCompletionItemProvider('yaml', {
    provideCompletionItems: (model, position) => {
      const word = model.getWordUntilPosition(position);
      const range = new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, position.column);
      if (!/^[\s-]*$/.test(model.getLineContent(position.lineNumber).slice(0, word.startColumn - 1)) || command === null) return { suggestions: [] };
      return {
        suggestions: snippetIds.map((id) => ({
          label: { label: t.names[id], description: t.snippet },
          filterText: `${id} ${t.names[id]}`,
          sortText: `zz${id}`,
          kind: monaco.languages.CompletionItemKind.Snippet,
          insertText: '',
          range,
          command: { id: command, title: t.names[id], arguments: [id] },
        })),
      };
    },
  });
}

/** The cursor stays where it was in the text area. */
function takeOver(editor: Editor, place: PlainPlace | null): void {
  const model = editor.getModel();
  if (!place || !model) return;
  const [from, to] = [model.getPositionAt(place.from), model.getPositionAt(place.to)];
  editor.setSelection(new monaco.Range(from.lineNumber, from.column, to.lineNumber, to.column));
  editor.setScrollTop(place.scrollTop);
  if (place.focused) editor.focus();
}

function keepMarked(editor: Editor): () => void {
  const decorations = editor.createDecorationsCollection();
  const draw = (): void => {
    const { line } = useMarked.getState();
    const count = editor.getModel()?.getLineCount() ?? 0;
    decorations.set(
      line && line <= count
        ? [{ range: new monaco.Range(line, 1, line, 1), options: { isWholeLine: true, className: 'marked-line', marginClassName: 'marked-margin' } }]
        : [],
    );
  };
  draw();
  return useMarked.subscribe(draw);
}

/** The API server's errors: a wave under the field, and a row with its words under the line. */
function keepErrors(editor: Editor, onMove: () => void): () => void {
  let zones: string[] = [];
  const draw = (): void => {
    const model = editor.getModel();
    if (!model) return;
    const { diagnostics } = useCheck.getState();
    const errors = diagnostics.filter((d) => d.source === 'api' && d.severity === 'error' && d.line <= model.getLineCount());
    monaco.editor.setModelMarkers(
      model,
      'kubarium',
      diagnostics
        .filter((d) => d.source !== 'yaml' && d.line <= model.getLineCount())
        .map((d) => ({
          severity:
            d.severity === 'error' ? monaco.MarkerSeverity.Error : d.severity === 'warning' ? monaco.MarkerSeverity.Warning : monaco.MarkerSeverity.Hint,
          message: d.message,
          startLineNumber: d.line,
          startColumn: d.column,
          endLineNumber: d.endLine,
          endColumn: d.endColumn,
        })),
    );
    editor.changeViewZones((accessor) => {
      for (const zone of zones) accessor.removeZone(zone);
      const width = editor.getLayoutInfo().contentWidth;
      zones = errorRows(errors, width).map(({ line, text, lines }) => {
        const domNode = document.createElement('div');
        domNode.className = 'error-row';
        domNode.textContent = text;
        return accessor.addZone({ afterLineNumber: line, heightInPx: lines * 16 + 8, domNode });
      });
    });
    onMove();
  };
  draw();
  return useCheck.subscribe(draw);
}
