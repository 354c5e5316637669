/* outputs.c - what busgen can write of a schema: a word of --emit each. */
#include "emit/emit.h"

const struct emit_output emit_outputs[EMIT_OUTPUT_COUNT] = {
    [EMIT_C] = {"c", {{".bus.h", emit_header}, {".bus.c", emit_source}}},
    [EMIT_INLINE] = {"inline", {{".bus.inline.h", emit_inline}}},
    [EMIT_FBS] = {"fbs", {{".fbs", emit_fbs}}},
    [EMIT_BFBS] = {"bfbs", {{".bfbs", emit_bfbs}}},
    [EMIT_PROMETHEUS] = {"prometheus",
                         {{".rules.yml", emit_rules}, {".rules.test.yml", emit_rules_test}}},
    [EMIT_GRAFANA] = {"grafana", {{".dashboard.json", emit_dashboard}}},
    [EMIT_DOT] = {"dot", {{".dot", emit_dot}}},
    [EMIT_MERMAID] = {"mermaid", {{".mmd", emit_mermaid}}},
    [EMIT_JSON_SCHEMA] = {"json-schema", {{".schema.json", emit_json_schema}}},
    [EMIT_ASYNCAPI] = {"asyncapi", {{".asyncapi.json", emit_asyncapi}}},
    [EMIT_MARKDOWN] = {"md", {{".md", emit_markdown}}},
    [EMIT_HTML] = {"html", {{".html", emit_html}}},
    [EMIT_TESTS] = {"tests", {{".bus.test.c", emit_tests}}},
};
