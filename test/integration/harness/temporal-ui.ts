import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

const screens = fileURLToPath(new URL('../../../.kintsugi/test/screens', import.meta.url));

/** What is filled into the form "Start Workflow". */
export interface StartForm {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly taskQueue: string;
  /** JSON, or anything else that a person may type; the box stays empty if missing. */
  readonly input?: string;
}

/** The Temporal UI before a person: a real Chromium, found by roles and words as a person finds them. */
export class TemporalUi {
  page: Page;
  readonly #browser: Browser;
  readonly #namespace: string;
  #shots = 0;

  private constructor(browser: Browser, page: Page, ui: string) {
    this.#browser = browser;
    this.page = page;
    this.#namespace = `${ui}/namespaces/default`;
  }

  /** @throws Error with the command that installs Chromium, if it is missing. */
  static async open(ui: string): Promise<TemporalUi> {
    const browser = await chromium
      .launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
      .catch((error: unknown) => {
        throw new Error('Chromium does not start. It is installed by: node scripts/setup/main.mjs --only browser', {
          cause: error,
        });
      });
    mkdirSync(screens, { recursive: true });
    return new TemporalUi(browser, await freshPage(browser), ui);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  /** Keeps a picture of what is on the screen now, for people. */
  async shot(name: string): Promise<void> {
    this.#shots += 1;
    await this.page.screenshot({
      path: path.join(screens, `${String(this.#shots).padStart(2, '0')}-${name}.png`),
      fullPage: true,
    });
  }

  /**
   * Goes to a page below the namespace. On a busy machine the UI is late at times, and says that there is an error or nothing at all: then
   * another try in a new tab, as a person would.
   */
  async visit(address: string, sign: (page: Page) => Locator): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.page.goto(`${this.#namespace}/${address}`);
        const error = this.page.getByText("There's an error");
        await sign(this.page).or(error).first().waitFor({ timeout: 60_000 });
        await sign(this.page).first().waitFor({ timeout: 2_000 });
        return;
      } catch (error) {
        if (tries >= 5) throw error;
        await this.page.close();
        this.page = await freshPage(this.#browser);
      }
    }
  }

  /** Opens a run's page. @param tab of it; the first if missing. */
  async open(workflowId: string, runId: string, tab = 'timeline'): Promise<void> {
    await this.visit(`workflows/${encodeURIComponent(workflowId)}/${runId}/${tab}`, (page) =>
      page.getByTestId('workflow-id-heading'),
    );
  }

  async openForm({ input: _input, ...fields }: StartForm): Promise<void> {
    const form = new URLSearchParams({ ...fields }).toString();
    await this.visit(`workflows/start-workflow?${form}`, (page) => page.getByText('Task Queue is Active'));
  }

  /** Fills the form in and presses Start. */
  async start(form: StartForm): Promise<void> {
    await this.openForm(form);
    await this.type(this.page.getByRole('main'), form.input ?? '');
    await this.pressStart();
  }

  async pressStart(): Promise<void> {
    await this.page.getByRole('main').getByTestId('start-workflow-button').click();
    await this.page.getByText('Workflow started successfully').first().waitFor();
  }

  /** @returns the JSON in the form's box. */
  async input(): Promise<string> {
    const box = this.page.getByRole('main').locator('.cm-content').first();
    await box.getByText('{').first().waitFor();
    return (await box.textContent()) ?? '';
  }

  /** Replaces what stands in the first code box of a part of the page. */
  async type(part: Locator, text: string): Promise<void> {
    await part.locator('.cm-content').first().click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(text);
    // Left, the box lays its JSON out anew, and a button that is just being pressed moves away.
    await part.locator('.cm-content').first().blur();
  }

  /** *More Actions* → … */
  async action(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'More Actions' }).filter({ visible: true }).click();
    await this.page.getByRole('menuitem', { name }).filter({ visible: true }).click();
  }

  /** *Request Cancellation*, and its question. */
  async cancel(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const sent = this.page
        .waitForResponse((response) => /\/cancel\b/.test(response.url()), { timeout: 10_000 })
        .then(
          () => true,
          () => false,
        );
      await this.page.getByRole('button', { name: 'Request Cancellation' }).filter({ visible: true }).click();
      await this.page.getByTestId('confirm-modal-button').filter({ visible: true }).click();
      // Pressed while the question still unfolds, its button does nothing: a person presses again.
      if ((await sent) || tries >= 3) return;
    }
  }

  /** Sends an update from its dialog, which stays open when it was refused. */
  async update(name: string, input: string): Promise<Locator> {
    // One for each width of the page.
    const dialog = this.page.getByTestId('update-confirmation-modal').filter({ visible: true });
    if (!(await dialog.isVisible())) {
      await this.action('Send an Update');
      await dialog.getByTestId('update-select-button').click();
      await this.page.getByRole('option', { name: new RegExp(`^${name}`) }).click();
    }
    await this.type(dialog, input);
    await dialog.getByRole('button', { name: 'Submit' }).click();
    return dialog;
  }

  /** What a run says of itself: the Markdown of its current details, as shown. */
  async details(workflowId: string, runId: string): Promise<string> {
    await this.open(workflowId, runId, 'user-metadata');
    const frame = this.page.frameLocator('#user-metadata-current-details');
    await frame.locator('main').getByText(/\S/).first().waitFor();
    return (await frame.locator('main').textContent()) ?? '';
  }
}

async function freshPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  page.setDefaultTimeout(60_000);
  return page;
}
