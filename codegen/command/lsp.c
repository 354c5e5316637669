/* lsp.c - busgen lsp: the language server, for editors. */
#include "lsp/lsp.h"
#include "command/command.h"

enum exit_code run_lsp(struct memory *memory, const struct options *options)
{
    struct server server = {.version = BUSGEN_VERSION,
                            .roots = options->roots,
                            .root_count = options->root_count,
                            .levels = options->levels,
                            .level_count = options->level_count};

    (void)memory;
    return (enum exit_code)lsp_serve(&server);
}
