/* Functions between the shim and the Rust wrapper. */
#ifndef USBNVME_H
#define USBNVME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Given by Rust: ends the engine for good. */
void usbnvme_jerry_fatal (uint32_t code) __attribute__ ((noreturn));

/* Gives the engine its memory, context and heap together, before jerry_init. */
void usbnvme_jerry_memory (void *start_p, size_t size);

/* Writes where the last exception was thrown, as text without a final zero; returns its length. */
size_t usbnvme_jerry_place (uint8_t *buffer_p, size_t size);

/* Runs a script in strict mode: what it declares is global, so that another script can use it. The source is read
 * no more when this returns. Returns the value, or the exception, which is then the caller's. */
uint32_t usbnvme_jerry_run (const uint8_t *source_p, size_t size);

/* Makes the memory right behind the heap a part of it. Returns false where the engine cannot. */
bool usbnvme_jerry_grow (size_t size);

/* From now on source is refused: the parser's code may be overwritten. */
void usbnvme_jerry_end_parsing (void);

/* Calls a function with at most 8 numbers. Writes the number it returned, NaN for anything else; returns
 * undefined, or the exception, which is then the caller's. */
uint32_t usbnvme_jerry_call (uint32_t function, const double *numbers_p, uint32_t count, double *result_p);

/* Begins to remember places of exceptions. */
void usbnvme_jerry_watch_throws (void);

/* Bytes of the heap in use, bytes at most so far, bytes in all, bytes free at least so far. */
void usbnvme_jerry_heap (uint32_t out[4]);

/* Pointer and length in bytes of a Uint8Array's memory; NULL for anything else. */
uint8_t *usbnvme_jerry_bytes (uint32_t value, uint32_t *length_p);

#ifdef __cplusplus
}
#endif

#endif
