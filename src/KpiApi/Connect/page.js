// A button that copies, beside every text that is to be copied. Without a clipboard there is none.
if (navigator.clipboard) {
  for (const text of document.querySelectorAll('code[data-copy]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text.dataset.copy;
    button.setAttribute('aria-label', `${text.dataset.copy}: ${text.textContent}`);
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = text.dataset.copied;
      setTimeout(() => { button.textContent = text.dataset.copy; }, 2000);
    });
    text.after(button);
  }
}
