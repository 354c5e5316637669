// Starts `busgen lsp` for the schemas that are open.
const { workspace } = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

exports.activate = () => {
    const settings = workspace.getConfiguration('busgen');

    client = new LanguageClient(
        'busgen',
        'Busgen',
        { command: settings.get('path'), args: ['lsp', ...settings.get('arguments')] },
        {
            documentSelector: [{ language: 'bus' }],
            synchronize: { fileEvents: workspace.createFileSystemWatcher('**/*.bus') },
        },
    );
    return client.start();
};

exports.deactivate = () => client && client.stop();
