/* What JerryScript asks of its surroundings: memory for its context and heap, and an end for fatal errors. */
#include <stddef.h>
#include <stdint.h>

#include "jerryscript-port.h"

#include "usbnvme.h"

/* The default source's headers name this variable; a plain one, as there is one engine and no thread. */
jerry_context_t *tls_context_p;

static void *memory_p;
static size_t memory_size;

void
usbnvme_jerry_memory (void *start_p, size_t size)
{
  memory_p = start_p;
  memory_size = size;
}

size_t
jerry_port_context_alloc (size_t context_size)
{
  if (context_size > memory_size)
  {
    jerry_port_fatal (JERRY_FATAL_OUT_OF_MEMORY);
  }
  tls_context_p = (jerry_context_t *) memory_p;
  return memory_size;
}

struct jerry_context_t *
jerry_port_context_get (void)
{
  return tls_context_p;
}

void
jerry_port_context_free (void)
{
  tls_context_p = NULL;
}

void
jerry_port_fatal (jerry_fatal_code_t code)
{
  usbnvme_jerry_fatal ((uint32_t) code);
}

void
jerry_port_log (const char *message_p)
{
  (void) message_p;
}

void
jerry_port_print_buffer (const jerry_char_t *buffer_p, jerry_size_t size)
{
  (void) buffer_p;
  (void) size;
}

double
jerry_port_current_time (void)
{
  return 0;
}

int32_t
jerry_port_local_tza (double unix_ms)
{
  (void) unix_ms;
  return 0;
}
