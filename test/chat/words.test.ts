import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expand } from '../../src/chat/short-forms.ts';
import { splitWords, unescapeSlack } from '../../src/chat/words.ts';
import { KintsugiError } from '../../src/errors/kintsugi-error.ts';

describe('what was typed is split as a shell does, and with nothing else of a shell', () => {
  test.each([
    [
      'recover restore --severity P1 --reason "dropped by mistake"',
      ['recover', 'restore', '--severity', 'P1', '--reason', 'dropped by mistake'],
    ],
    ['update “copy verified, starting services”', ['update', 'copy verified, starting services']],
    ["update 'it is back'", ['update', 'it is back']],
    ['update ‘it is back’', ['update', 'it is back']],
    ["update don't panic", ['update', "don't", 'panic']],
    ["update 'don’t panic' now", ['update', 'don’t panic', 'now']],
    ['recover restore —severity P1', ['recover', 'restore', '--severity', 'P1']],
    ['recover restore –reason “x y”', ['recover', 'restore', '--reason', 'x y']],
    ['update "—no option"', ['update', '—no option']],
    ['--reason="a b"c', ['--reason=a bc']],
    ['update　全角の空白', ['update', '全角の空白']],
    ['update ""', ['update', '']],
    [
      'update $(rm -rf /) `id` $HOME *.sql > /etc/passwd | sh; a\\ b',
      ['update', '$(rm', '-rf', '/)', '`id`', '$HOME', '*.sql', '>', '/etc/passwd', '|', 'sh;', 'a\\', 'b'],
    ],
    ['  ', []],
  ])('%s', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  test('a quotation mark without its other half is said, and nothing is guessed', () => {
    expect(() => splitWords('update "back at nine')).toThrow('A quotation mark is open: "back at nine');
  });

  test('any text is split, or refused with an error of ours; words without marks come out as they went in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        try {
          for (const word of splitWords(text)) expect(typeof word).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(KintsugiError);
        }
      }),
    );
    const plain = fc.stringMatching(/^[a-z0-9=;|&$()<>*?[\]{}\\~#%^!-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(plain), (words) => {
        expect(splitWords(words.join(' '))).toEqual(words);
      }),
    );
  });
});

test('Slack writes three characters another way', () => {
  expect(unescapeSlack('a &lt;b&gt; &amp;amp; c')).toBe('a <b> &amp; c');
});

describe('short forms', () => {
  test.each([
    ['ack', ['incident', 'ack']],
    ['ack on my way', ['incident', 'ack', '--reason=on my way']],
    ['ack incident-shop-x looking', ['incident', 'ack', 'incident-shop-x', '--reason=looking']],
    ['update "copy verified"', ['incident', 'update', '--text=copy verified']],
    ['update --text "copy verified"', ['incident', 'update', '--text', 'copy verified']],
    ['resolve restored from 02:00', ['incident', 'resolve', '--reason=restored from 02:00']],
    ['approve restore-shop checked', ['approve', 'restore-shop', '--reason=checked']],
    ['approve "--yes"', ['approve', '--yes']],
    [
      'incident open nobody can clock in --severity P2',
      ['incident', 'open', '--severity', 'P2', '--problem=nobody can clock in'],
    ],
    ['handover --to tanaka --reason tired', ['incident', 'handover', '--to', 'tanaka', '--reason', 'tired']],
    ['recover restore', ['recover', 'restore']],
    ['help', ['--help']],
    ['help ack', ['incident', 'ack', '--help']],
    ['help recover restore', ['recover', 'restore', '--help']],
    ['', []],
    ['nonsense here', ['nonsense', 'here']],
  ])('%s', (text, words) => {
    expect(expand(splitWords(text), 'shop')).toEqual(words);
  });
});
