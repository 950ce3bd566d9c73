//! Where in the weights file are a model's tensors? One safetensors file, looked up by the names that the BERT
//! family uses, in `f32`, `f16` or `bf16`, while [`Reading`] still brings it in.
//!
//! Invariant: what has been packed is given back to the system, so that a model never occupies memory both packed
//! and unpacked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use half::f16;
use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::lanes::from_bf16;
use super::reading::Reading;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why weights could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file cannot be opened or read.
    #[error("could not read {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a safetensors file of the stated kind.
    #[error("{} is not a safetensors file of the stated kind", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        #[source]
        source: Source,
    },
    /// A tensor is absent or has another shape or type than the configuration says.
    #[error("tensor {name} is {found}, expected {expected}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
}

/// Number format of a stored tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    F32,
    F16,
    Bf16,
}

impl Stored {
    fn bytes(self) -> usize {
        if self == Self::F32 { 4 } else { 2 }
    }
}

/// Where a matrix lies in the file.
#[derive(Debug, Clone, Copy)]
pub struct Matrix {
    start: usize,
    stored: Stored,
    /// Number of rows; 1 for a vector.
    pub rows: usize,
    /// Numbers per row.
    pub columns: usize,
}

/// A weights file, perhaps still being read.
pub struct Weights {
    path: PathBuf,
    reading: Arc<Reading>,
    metadata: Metadata,
    /// Where the tensors begin in the file.
    data: usize,
    prefix: String,
}

impl Weights {
    /// Waits for the header of the file at `path` and checks it; `dtype` is what the numbers must be, if known.
    pub fn open(path: &Path, reading: Arc<Reading>, dtype: Option<Dtype>) -> Result<Self, WeightsError> {
        let format = |source: Source| WeightsError::Format { path: path.to_owned(), source };
        let read = |start: usize, len: usize| -> Result<&[u8], WeightsError> {
            let end = start.checked_add(len).filter(|end| *end <= reading.len());
            let end = end.ok_or_else(|| format("it is shorter than its header says".into()))?;
            reading.wait(end).map_err(|source| WeightsError::Open { path: path.to_owned(), source })?;
            // SAFETY: waited for, and nothing has been released yet.
            Ok(unsafe { reading.slice(start, len) })
        };
        let mut len = [0; 8];
        len.copy_from_slice(read(0, 8)?);
        let len = usize::try_from(u64::from_le_bytes(len)).map_err(|error| format(error.into()))?;
        let metadata: Metadata =
            serde_json::from_slice(read(8, len)?).map_err(|error| format(error.into()))?;
        let data = 8 + len;
        if data + metadata.data_len() != reading.len() {
            return Err(format("its length is not what its header says".into()));
        }
        // Position numbers are kept as integers in some files; they are not weights.
        let names = metadata.offset_keys();
        let odd = |name: &&String| {
            let stored = metadata.info(name).map(|info| info.dtype);
            stored != Some(Dtype::I64) && dtype.is_some() && stored != dtype
        };
        if let (Some(name), Some(dtype)) = (names.iter().find(odd), dtype) {
            return Err(format(format!("{name} does not hold {dtype:?}, which was stated").into()));
        }
        const TABLE: &str = "embeddings.word_embeddings.weight";
        let prefix = names.iter().find_map(|name| name.strip_suffix(TABLE)).unwrap_or_default().to_owned();
        Ok(Self { path: path.to_owned(), reading, metadata, data, prefix })
    }

    /// Finds the matrices of the given names (without the file's common prefix), each with the given number of
    /// rows and columns; a vector is one row. 0 rows means any number. Returns when all of them have been read.
    pub fn find<const N: usize>(
        &self,
        wanted: [(&str, usize, usize); N],
    ) -> Result<[Matrix; N], WeightsError> {
        let mut found = [Matrix { start: 0, stored: Stored::F32, rows: 0, columns: 0 }; N];
        for (slot, (name, rows, columns)) in found.iter_mut().zip(wanted) {
            let full = format!("{}{name}", self.prefix);
            let old = full
                .replace("LayerNorm.weight", "LayerNorm.gamma")
                .replace("LayerNorm.bias", "LayerNorm.beta");
            let expected = format!("{rows} x {columns} of f32, f16 or bf16");
            let wrong = |found: String| WeightsError::Tensor {
                name: full.clone(),
                found,
                expected: expected.clone(),
            };
            let info = self.metadata.info(&full).or_else(|| self.metadata.info(&old));
            let info = info.ok_or_else(|| wrong("absent".into()))?;
            let stored = match info.dtype {
                Dtype::F32 => Stored::F32,
                Dtype::F16 => Stored::F16,
                Dtype::BF16 => Stored::Bf16,
                other => return Err(wrong(format!("of type {other:?}"))),
            };
            let (have_rows, have_columns) = match *info.shape {
                [columns] => (1, columns),
                [rows, columns] => (rows, columns),
                ref other => return Err(wrong(format!("{other:?}"))),
            };
            if have_columns != columns || (rows != 0 && have_rows != rows) || have_rows == 0 {
                return Err(wrong(format!("{have_rows} x {have_columns}")));
            }
            let (start, end) = info.data_offsets;
            self.reading
                .wait(self.data + end)
                .map_err(|source| WeightsError::Open { path: self.path.clone(), source })?;
            let start = self.data + start;
            *slot = Matrix { start, stored, rows: have_rows, columns };
        }
        Ok(found)
    }

    /// Writes row `row` of the matrix into the front of `to`.
    pub fn read_row(&self, matrix: &Matrix, row: usize, to: &mut [f32]) {
        let bytes = matrix.columns * matrix.stored.bytes();
        assert!(row < matrix.rows, "the row lies inside the matrix");
        // SAFETY: a matrix comes from `find`, which checked its place and waited for it; what `release` gave back is
        // not read again.
        let from = unsafe { self.reading.slice(matrix.start + row * bytes, bytes) };
        let to = &mut to[..matrix.columns];
        match matrix.stored {
            Stored::F32 => {
                for (x, raw) in to.iter_mut().zip(from.chunks_exact(4)) {
                    *x = f32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]);
                }
            }
            Stored::F16 => {
                for (x, raw) in to.iter_mut().zip(from.chunks_exact(2)) {
                    *x = f16::from_le_bytes([raw[0], raw[1]]).to_f32();
                }
            }
            Stored::Bf16 => {
                for (x, raw) in to.iter_mut().zip(from.chunks_exact(2)) {
                    *x = from_bf16(u16::from_le_bytes([raw[0], raw[1]]));
                }
            }
        }
    }

    /// Gives the matrix's memory back to the system.
    ///
    /// # Safety
    /// The matrix is not read again.
    pub unsafe fn release(&self, matrix: &Matrix) {
        // SAFETY: passed on to the caller; `find` waited for the range.
        unsafe {
            self.reading.release(matrix.start, matrix.rows * matrix.columns * matrix.stored.bytes());
        }
    }
}
