/* message.c - see message.h. */
#include "message.h"

const char bench_symbols[16][9] = {
    "ABCD.XET", "EFGH.NYS", "IJKL.LSE", "MNOP.TSE", "QRST.XET", "UVWX.NYS", "YZAB.LSE", "CDEF.TSE",
    "GHIJ.XET", "KLMN.NYS", "OPQR.LSE", "STUV.TSE", "WXYZ.XET", "BCDA.NYS", "FGHE.LSE", "JKLI.TSE",
};
const char bench_notes[16][21] = {
    "good till cancelled ", "immediate or cancel ", "fill or kill, please", "at the open, no more",
    "at the close, no mor", "all of it or nothing", "iceberg of a hundred", "hidden, mid of touch",
    "pegged to best offer", "post only, no taking", "stop at ten percent ", "trailing stop of two",
    "good for today only ", "one cancels another ", "market to limit here", "auction only, no mor",
};

/* Different words, so that a blob that was cut or shifted has another sum. */
uint8_t bench_bytes[BLOB_MAX + 64];

__attribute__((constructor)) static void fill_bytes(void)
{
    uint32_t state = 1;

    for (size_t i = 0; i < sizeof bench_bytes; i++) {
        state = state * 1664525 + 1013904223;
        bench_bytes[i] = (uint8_t)(state >> 24);
    }
}

uint64_t expected_sum(uint64_t count)
{
    static uint64_t known_count;
    static uint64_t known_sum;

    if (count != known_count) {
        known_sum = 0;
        known_count = count;
        for (uint64_t i = 0; i < count; i++) {
            struct order order = order_of(i);

            known_sum += order_sum(order.order_id, order.customer_id, order.price, order.quantity,
                                   order.symbol, order.note);
        }
    }
    return known_sum;
}
