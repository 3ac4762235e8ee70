/** Said once when the browser keeps nothing. */
import { useStorageTrouble } from '../state/storage.ts';
import { lessonWords } from '../words/lessons.en.ts';

export function StorageNotice() {
  const trouble = useStorageTrouble((state) => state.trouble);
  if (!trouble) return null;
  return (
    <div className="editor-notice" role="status">
      <p>{lessonWords.storage[trouble]}</p>
      <button type="button" className="btn" onClick={() => useStorageTrouble.setState({ trouble: null })}>
        {lessonWords.storage.close}
      </button>
    </div>
  );
}
