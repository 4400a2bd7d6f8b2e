//! Owned objects behind opaque pointers.
//!
//! Each object begins with its kind, so that a pointer to another object is refused, and is kept in
//! a list of what is alive, so that freeing it twice does nothing, unless an object of the same kind was made
//! in its place meanwhile: the addresses are those of the allocator.

use std::collections::HashSet;
use std::ffi::c_void;
use std::sync::{LazyLock, Mutex, PoisonError};

use listino_core::call::CallError;

/// A compiled price book: immutable, for any number of threads.
#[derive(Debug)]
pub struct listino_engine {
    _private: [u8; 0],
}

/// A compiled option model: immutable, for any number of threads.
#[derive(Debug)]
pub struct listino_configurator {
    _private: [u8; 0],
}

/// A customer choosing: for one thread at a time.
#[derive(Debug)]
pub struct listino_session {
    _private: [u8; 0],
}

/// An owned text.
#[derive(Debug)]
pub struct listino_text {
    _private: [u8; 0],
}

/// Owned bytes: a compiled book.
#[derive(Debug)]
pub struct listino_bytes {
    _private: [u8; 0],
}

/// Why there is no answer.
#[derive(Debug)]
pub struct listino_error {
    _private: [u8; 0],
}

/// A stream of the Arrow C stream interface, as `struct ArrowArrayStream` of the Arrow headers.
#[derive(Debug)]
pub struct ArrowArrayStream {
    _private: [u8; 0],
}

/// What an object is. The numbers are not likely to stand in memory by chance.
#[repr(u64)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Engine = 0x6c69_7374_0000_0001,
    Configurator = 0x6c69_7374_0000_0002,
    Session = 0x6c69_7374_0000_0003,
    Text = 0x6c69_7374_0000_0004,
    Error = 0x6c69_7374_0000_0005,
    Bytes = 0x6c69_7374_0000_0006,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Configurator => "configurator",
            Self::Session => "session",
            Self::Text => "text",
            Self::Error => "error",
            Self::Bytes => "bytes",
        }
    }
}

#[repr(C)]
struct Object<T> {
    kind: u64,
    value: T,
}

/// The addresses of the objects that are alive.
static ALIVE: LazyLock<Mutex<HashSet<usize>>> = LazyLock::new(Mutex::default);

/// Makes an object that the caller owns.
pub(crate) fn give<T>(kind: Kind, value: T) -> *mut c_void {
    let object = Box::into_raw(Box::new(Object { kind: kind as u64, value }));
    ALIVE.lock().unwrap_or_else(PoisonError::into_inner).insert(object as usize);
    object.cast()
}

/// Looks into an object.
///
/// # Safety
/// `object` is NULL or an object that lives during `'a`.
pub(crate) unsafe fn peek<'a, T>(kind: Kind, object: *const c_void) -> Result<&'a T, CallError> {
    // SAFETY: as the caller says; the kind of every object stands first.
    unsafe {
        check(kind, object)?;
        Ok(&(*object.cast::<Object<T>>()).value)
    }
}

/// Looks into an object to change it.
///
/// # Safety
/// As [`peek`], and nobody else looks into it during `'a`.
pub(crate) unsafe fn peek_mut<'a, T>(
    kind: Kind,
    object: *mut c_void,
) -> Result<&'a mut T, CallError> {
    // SAFETY: as the caller says; the kind of every object stands first.
    unsafe {
        check(kind, object)?;
        Ok(&mut (*object.cast::<Object<T>>()).value)
    }
}

/// # Safety
/// `object` is NULL or an object.
unsafe fn check(kind: Kind, object: *const c_void) -> Result<(), CallError> {
    if object.is_null() {
        return Err(CallError::missing(kind.name()));
    }
    // SAFETY: not NULL; the kind of every object stands first.
    if unsafe { object.cast::<u64>().read() } != kind as u64 {
        return Err(CallError::argument("", format!("`{}` is something else", kind.name())));
    }
    Ok(())
}

/// Frees an object; what is NULL, freed already, or of another kind is left alone.
///
/// # Safety
/// Nobody looks into the object.
pub(crate) unsafe fn free<T>(kind: Kind, object: *mut c_void) {
    let mut alive = ALIVE.lock().unwrap_or_else(PoisonError::into_inner);
    if !alive.contains(&(object as usize)) {
        return;
    }
    // SAFETY: it is alive, so its kind may be read, and it was made by `give` as this kind.
    unsafe {
        if check(kind, object).is_ok() {
            alive.remove(&(object as usize));
            drop(alive);
            drop(Box::from_raw(object.cast::<Object<T>>()));
        }
    }
}
