"""`dataclass` for frozen slotted records, made at their first use instead of at import.

`dataclasses` writes and compiles six methods for every class it is given: 0.3 to 1 ms each, a third of the time that
all our modules take before the first frame, and most records are not used there. Here a class gets its fields and
slots at once, and each of its methods, written by `dataclasses` itself, when it is called first.

Same signature, same behaviour; whatever is not a plain frozen slotted record is left to `dataclasses`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    LATER = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")
    UNWANTED = {"init": False, "repr": False, "eq": False}

    def dataclass(cls=None, /, **options):
        if cls is None:
            return lambda cls: dataclass(cls, **options)
        cls.__doc__ = cls.__doc__ or cls.__name__  # else its signature is worked out to be its documentation
        plain = cls.__bases__ == (object,) and options.get("frozen") and options.get("slots")
        if not plain or any(name in vars(cls) for name in LATER):
            return dataclasses.dataclass(cls, **options)
        return _lazily(cls, options.get("kw_only", False))

    def _lazily(cls, kw_only):
        after = vars(cls).get("__post_init__")
        record = dataclasses.dataclass(cls, init=False, repr=False, eq=False, slots=True, kw_only=kw_only)

        def finish(**wanted):
            """Give the record methods of its twin."""
            own = {
                "__annotations__": cls.__annotations__,
                "__module__": cls.__module__,
                "__doc__": cls.__doc__,
            }
            if after is not None:
                own["__post_init__"] = after
            fields = {field.name: field for field in dataclasses.fields(record)}
            plain = type(cls.__name__, (), own | fields)
            twin = dataclasses.dataclass(frozen=True, kw_only=kw_only, **(UNWANTED | wanted))(plain)
            for name in LATER[:4]:
                method = vars(twin).get(name)
                if method is not None:
                    method.__qualname__ = f"{cls.__qualname__}.{name}"
                    setattr(record, name, method)

        def later(name, option):
            def method(self, *args, **named):
                finish(**{option: True})
                return getattr(self, name)(*args, **named)

            return method

        for name, option in zip(LATER, ("init", "repr", "eq", "eq"), strict=False):
            setattr(record, name, later(name, option))
        record.__setattr__, record.__delattr__ = _refuse_setting, _refuse_deleting
        return record

    def _refuse_setting(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_deleting(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
