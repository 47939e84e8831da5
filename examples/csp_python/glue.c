/* SPDX-License-Identifier: MIT */
/*
 * What is C of a CSP in Python: it starts Python, runs the two scripts that are part of this file,
 * and hands on the address of the descriptor that they made. Descriptor, slots and requests are
 * Python's own reading of the plugin ABI (omadm_csp.py).
 *
 * Python can be started once in a process and not ended cleanly; so this file stays where it is
 * when it is unloaded (-z nodelete), and gives the same descriptor again.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dlfcn.h>
#include <omadm/csp.h>

#include "notes_ddf.h"
#include "notes_py.h"
#include "omadm_csp_py.h"

/* Python's own modules look for its names in the whole process, and plugins are loaded apart. */
static void share_python(void) {
  Dl_info found;
  if (dladdr((void *)&_Py_NoneStruct, &found) != 0)
    dlopen(found.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
}

static PyObject *run(const char *name, const unsigned char *source) {
  PyObject *code = Py_CompileString((const char *)source, name, Py_file_input);
  PyObject *module = code != NULL ? PyImport_ExecCodeModule(name, code) : NULL;
  Py_XDECREF(code);
  return module;
}

static const omadm_csp_descriptor *make(void) {
  PyObject *abi = run("omadm_csp", omadm_csp_py);
  PyObject *notes = abi != NULL ? run("notes", notes_py) : NULL;
  PyObject *address = notes != NULL
                          ? PyObject_CallMethod(abi, "descriptor_address", "Os#", notes,
                                                (const char *)notes_ddf, (Py_ssize_t)notes_ddf_len)
                          : NULL;
  const omadm_csp_descriptor *made = address != NULL ? PyLong_AsVoidPtr(address) : NULL;
  if (made == NULL) PyErr_Print();
  return made;
}

OMADM_EXPORT const omadm_csp_descriptor *omadm_csp_descriptor_get(void);
const omadm_csp_descriptor *omadm_csp_descriptor_get(void) {
  static const omadm_csp_descriptor *made;
  if (made != NULL) return made;
  share_python();
  Py_InitializeEx(0); /* signals belong to the agent */
  made = make();
  PyEval_SaveThread(); /* each slot takes the interpreter's lock itself */
  return made;
}
