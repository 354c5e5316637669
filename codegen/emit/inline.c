/*
 * inline.c - x.bus.inline.h, for programs that pack and unpack many messages themselves: the
 * functions that x.bus.c has behind pointers, to be inlined where they are called.
 */
#include "emit/emit.h"

static const char top_skeleton[] =
    "/*\n"
    " * $S.bus.inline.h - written by busgen from $S.bus. Do not edit.\n"
    " *\n"
    " * For programs that pack or unpack many messages themselves. Publishing does not need it. "
    "For\n"
    " * each message there are three functions that the compiler puts in place of their calls:\n"
    " *\n"
    " *   ..._encode_inline   as ..._encode, without a look at the text of strings (that it is "
    "UTF-8)\n"
    " *                       and without a reason for a refusal in bus_last_error\n"
    " *   ..._decode_inline   as ..._decode\n"
    " *   ..._unpack_inline   for bytes that are known to be sound, as a handler's: packed by "
    "this\n"
    " *                       program, or decoded before\n"
    " *\n"
    " * What else is here is theirs.\n"
    " */\n"
    "#ifndef $G\n"
    "#define $G\n"
    "\n"
    "#include \"$S.bus.h\"\n"
    "\n"
    "#include <bus/own.h>\n"
    "\n"
    "#ifdef __cplusplus\n"
    "extern \"C\" {\n"
    "#endif\n"
    "\n";

static const char message_skeleton[] =
    "/* Packs into `bytes` (8-aligned); returns the size, 0: a field is out of bounds, or the "
    "bytes\n"
    " * are too few. */\n"
    "BUS_HOT uint32_t $P_encode_inline(\n"
    "    const struct $P *message, uint8_t *bytes, size_t capacity)\n"
    "{\n"
    "    uint32_t size = $P_measure(message, false);\n"
    "\n"
    "    if (size == 0 || size > capacity)\n"
    "        return 0;\n"
    "    $P_pack(bytes, message);\n"
    "    return size;\n"
    "}\n"
    "/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned.\n"
    " *   BUS_ERR_INVALID, BUS_ERR_LIMIT (as ..._decode: bus_last_error) */\n"
    "BUS_HOT enum bus_status $P_decode_inline(\n"
    "    const uint8_t *bytes, size_t size, struct $P *message, void *scratch, size_t "
    "scratch_size)\n"
    "{\n"
    "    struct bus_scratch room;\n"
    "    enum bus_status status;\n"
    "    struct $P other;\n"
    "\n"
    "    room.at = (uint8_t *)scratch;\n"
    "    room.end = scratch != NULL ? room.at + scratch_size : NULL;\n"
    "    if (bus_mostly($P_accept(message, bytes, size, &room)))\n"
    "        return BUS_OK;\n"
    "    status = $P_decode(\n"
    "        bytes, size, message != NULL ? &other : NULL, scratch, scratch_size);\n"
    "    if (status == BUS_OK)\n"
    "        *message = other;\n"
    "    return status;\n"
    "}\n"
    "/* Unpacks what is known to be sound. False: `scratch` is too small. */\n"
    "BUS_HOT bool $P_unpack_inline(\n"
    "    const uint8_t *bytes, struct $P *message, void *scratch, size_t scratch_size)\n"
    "{\n"
    "    struct bus_scratch room;\n"
    "\n"
    "    room.at = (uint8_t *)scratch;\n"
    "    room.end = scratch != NULL ? room.at + scratch_size : NULL;\n"
    "    return $P_unpack(message, bytes, &room);\n"
    "}\n"
    "\n";

void emit_inline(struct emitter *e)
{
    e->inlined = true;
    fill(e->out, top_skeleton, 'S', e->stem, 'G',
         join(e->memory, name_upper(e->memory, e->bus->decl.name), "_BUS_INLINE_H", NULL), 0);
    emit_reached(e, 0, version_count(e->bus));
    for (uint32_t i = 0; i < version_count(e->bus); i++) {
        const struct idl_message *message = e->bus->messages[i];
        const char *prefix = name_c(e->memory, &message->body.decl);

        fill(e->out, "/* ---- $N ---- */\n\n", 'N', message->body.decl.name, 0);
        emit_functions(e, &message->body, prefix, true);
        fill(e->out, message_skeleton, 'P', prefix, 0);
    }
    put(e->out, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    e->inlined = false;
}
