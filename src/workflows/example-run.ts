/** What is known of a run that is an example: apart from the examples themselves, which load the inputs of all procedures. */

/** Key of the memo that makes a run an example; its value is the version of the example. The form does not copy memos. */
export const exampleMemo = 'kintsugiExample';

/** The result of an example. */
export interface ExampleResult {
  readonly example: true;
  readonly says: string;
}

/** The result of an example: it is shown as it is, without Markdown. */
export const exampleResult = 'An example: nothing was done. More Actions → Start Workflow Like This One fills in the form.';

/** Markdown. */
export const exampleSays = [
  '**This is an example: nothing was done, and nothing will be.**',
  'To start this procedure: *More Actions* → *Start Workflow Like This One*, at the top right. The form is filled in; its *Details* explain each field. Then change the input and press *Start Workflow*.',
  'A recovery with `"mode": "plan"` shows each step and what it would do, and touches nothing; `"mode": "run"` does it, and asks for an approval where the plan wants one.',
].join('\n\n');
