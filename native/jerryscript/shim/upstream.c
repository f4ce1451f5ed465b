/* With the complete source: what no public function tells in the form that the wrapper wants. */
#include <string.h>

#include "jerryscript.h"

#include "usbnvme.h"

static uint8_t place[96];
static size_t place_length;

static void
append (const char *text_p, size_t length)
{
  if (length > sizeof (place) - place_length)
  {
    length = sizeof (place) - place_length;
  }
  memcpy (place + place_length, text_p, length);
  place_length += length;
}

static void
append_number (uint32_t number)
{
  char text[10];
  size_t start = sizeof (text);
  do
  {
    text[--start] = (char) ('0' + number % 10);
    number /= 10;
  } while (number != 0);
  append (text + start, sizeof (text) - start);
}

static bool
remember_frame (jerry_frame_t *frame_p, void *user_p)
{
  int *depth_p = (int *) user_p;
  const jerry_frame_location_t *location_p = jerry_frame_location (frame_p);
  if (location_p == NULL)
  {
    return true;
  }
  append (*depth_p == 0 ? "line " : " < line ", *depth_p == 0 ? 5 : 8);
  append_number (location_p->line);
  append (":", 1);
  append_number (location_p->column);
  return ++*depth_p < 4;
}

static void
remember_place (const jerry_value_t value, void *user_p)
{
  (void) value;
  (void) user_p;
  int depth = 0;
  place_length = 0;
  jerry_backtrace_capture (remember_frame, &depth);
}

void
usbnvme_jerry_watch_throws (void)
{
  jerry_on_throw (remember_place, NULL);
}

size_t
usbnvme_jerry_place (uint8_t *buffer_p, size_t size)
{
  size_t length = place_length < size ? place_length : size;
  memcpy (buffer_p, place, length);
  place_length = 0;
  return length;
}

uint32_t
usbnvme_jerry_run (const uint8_t *source_p, size_t size)
{
  jerry_parse_options_t options = { .options = JERRY_PARSE_STRICT_MODE };
  jerry_value_t script = jerry_parse (source_p, size, &options);
  if (jerry_value_is_exception (script))
  {
    return script;
  }
  jerry_value_t result = jerry_run (script);
  jerry_value_free (script);
  return result;
}

/* No public function adds memory to the heap. */
bool
usbnvme_jerry_grow (size_t size)
{
  (void) size;
  return false;
}

void
usbnvme_jerry_end_parsing (void)
{
}

uint32_t
usbnvme_jerry_call (uint32_t function, const double *numbers_p, uint32_t count, double *result_p)
{
  jerry_value_t values[8];
  for (uint32_t i = 0; i < count; i++)
  {
    values[i] = jerry_number (numbers_p[i]);
  }
  jerry_value_t result = jerry_call (function, jerry_undefined (), values, count);
  for (uint32_t i = 0; i < count; i++)
  {
    jerry_value_free (values[i]);
  }
  if (jerry_value_is_exception (result))
  {
    return result;
  }
  *result_p = jerry_value_as_number (result);
  jerry_value_free (result);
  return jerry_undefined ();
}

void
usbnvme_jerry_heap (uint32_t out[4])
{
  jerry_heap_stats_t stats = { 0 };
  jerry_heap_stats (&stats);
  out[0] = (uint32_t) stats.allocated_bytes;
  out[1] = (uint32_t) stats.peak_allocated_bytes;
  out[2] = (uint32_t) stats.size;
  /* The heap has had this size from the start. */
  out[3] = (uint32_t) (stats.size - stats.peak_allocated_bytes);
}

uint8_t *
usbnvme_jerry_bytes (uint32_t value, uint32_t *length_p)
{
  if (!jerry_value_is_typedarray (value) || jerry_typedarray_type (value) != JERRY_TYPEDARRAY_UINT8)
  {
    return NULL;
  }
  jerry_length_t offset = 0;
  jerry_value_t buffer = jerry_typedarray_buffer (value, &offset, length_p);
  uint8_t *data_p = jerry_arraybuffer_data (buffer);
  jerry_value_free (buffer);
  return data_p == NULL ? NULL : data_p + offset;
}
