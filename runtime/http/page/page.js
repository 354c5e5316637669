'use strict';

async function show() {
  try {
    const status = await (await fetch('status')).json();
    document.getElementById('name').textContent = status.bus;
    document.getElementById('status').textContent = JSON.stringify(status, null, 2);
  } catch (error) {
    document.getElementById('status').textContent = String(error);
  }
  setTimeout(show, 1000);
}
show();
